"""A server-starter client: serves HTTP/1.1 on the sockets that it is given, from descriptor 3 on.

APP_PROTOCOL  starter (SERVER_STARTER_PORT) or listen (LISTEN_FDS)
APP_BEHAVIOUR comma-separated: slow-drain, ignore-term, daemon, die, header
"""
import json
import os
import select
import signal
import socket
import sys
import threading
import time

NAME = "python"
BEHAVIOUR = os.environ.get("APP_BEHAVIOUR", "").split(",")
GENERATION = os.environ.get("SERVER_STARTER_GENERATION", "")


def version():
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "version")
    if "APP_VERSION" in os.environ:
        return os.environ["APP_VERSION"]
    if os.path.exists(beside):
        with open(beside) as file:
            return file.read().strip()
    return "none"


def descriptors():
    if os.environ.get("APP_PROTOCOL", "starter") == "starter":
        return [int(entry.rpartition("=")[2]) for entry in os.environ["SERVER_STARTER_PORT"].split(";")]
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        sys.exit("LISTEN_PID is %s, and this is %d" % (os.environ.get("LISTEN_PID"), os.getpid()))
    return list(range(3, 3 + int(os.environ["LISTEN_FDS"])))


def answer(connection):
    """One request a connection; whoever was accepted is answered."""
    with connection:
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return
            request += more
        target = request.split(b" ")[1].decode()
        if target.startswith("/slow?ms="):
            time.sleep(int(target[len("/slow?ms="):]) / 1000)
        body = json.dumps({"name": NAME, "pid": os.getpid(), "generation": GENERATION, "version": version()}).encode()
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n" % len(body)
        if "header" in BEHAVIOUR:
            head += "Dewpoint-Generation: %s\r\n" % GENERATION
        connection.sendall(head.encode() + b"\r\n" + body)
        # the client closes first: an early close with unread bytes would reset the answer
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def main():
    if "die" in BEHAVIOUR:
        time.sleep(0.2)
        sys.exit("fatal: no configuration found")
    if "daemon" in BEHAVIOUR:
        for _ in range(2):
            if os.fork():
                os._exit(0)
            os.setsid()
    stopping, wake = os.pipe()
    if "ignore-term" in BEHAVIOUR:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: os.write(wake, b"x"))
    sockets = [socket.socket(fileno=number) for number in descriptors()]
    for listening in sockets:
        listening.setblocking(False)
    print("%s %s serves as generation %s" % (NAME, version(), GENERATION), flush=True)
    threads = []
    stop = False
    while not stop:
        ready, _, _ = select.select(sockets + [stopping], [], [])
        stop = stopping in ready
        for listening in [one for one in ready if one is not stopping and not stop]:
            try:
                connection, _ = listening.accept()
            except BlockingIOError:
                # another generation was faster
                continue
            connection.setblocking(True)
            thread = threading.Thread(target=answer, args=(connection,))
            thread.start()
            threads = [one for one in threads if one.is_alive()] + [thread]
    for listening in sockets:
        listening.close()
    for thread in threads:
        thread.join()
    if "slow-drain" in BEHAVIOUR:
        time.sleep(5)
    print("%s ends" % NAME, flush=True)


main()
