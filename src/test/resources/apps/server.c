/* A server-starter client like server.py: serves HTTP/1.1 on the sockets that it is given, from descriptor 3 on. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int waker[2];
static int in_flight;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fewer = PTHREAD_COND_INITIALIZER;
static char version[128] = "none";

static const char *setting(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int behaves(const char *how) {
    return strstr(setting("APP_BEHAVIOUR"), how) != NULL;
}

static void stop(int number) {
    (void) number;
    if (write(waker[1], "x", 1) < 0) {
        _exit(3);
    }
}

static void find_version(void) {
    if (getenv("APP_VERSION")) {
        snprintf(version, sizeof version, "%s", setting("APP_VERSION"));
        return;
    }
    char self[4096], file[4200];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length < 0 ? 0 : length] = 0;
    snprintf(file, sizeof file, "%s/version", dirname(self));
    FILE *in = fopen(file, "r");
    if (in) {
        if (fscanf(in, "%127s", version) != 1) {
            strcpy(version, "none");
        }
        fclose(in);
    }
}

static int descriptors(int *found, int most) {
    int count = 0;
    if (strcmp(setting("APP_PROTOCOL"), "listen") == 0) {
        if (atoi(setting("LISTEN_PID")) != getpid()) {
            fprintf(stderr, "LISTEN_PID is %s, and this is %d\n", setting("LISTEN_PID"), getpid());
            exit(1);
        }
        for (count = 0; count < atoi(setting("LISTEN_FDS")) && count < most; count++) {
            found[count] = 3 + count;
        }
        return count;
    }
    char *ports = strdup(setting("SERVER_STARTER_PORT"));
    for (char *entry = strtok(ports, ";"); entry && count < most; entry = strtok(NULL, ";")) {
        found[count++] = atoi(strrchr(entry, '=') + 1);
    }
    return count;
}

/* One request a connection; whoever was accepted is answered. */
static void *answer(void *given) {
    int connection = (int) (long) given;
    char request[65536], body[512], response[1024], ignored[4096];
    size_t length = 0;
    ssize_t more = 1;
    request[0] = 0;
    while (!strstr(request, "\r\n\r\n") && length < sizeof request - 1 && (more = read(connection, request + length, sizeof request - 1 - length)) > 0) {
        length += (size_t) more;
        request[length] = 0;
    }
    if (more > 0) {
        char *slow = strstr(request, "/slow?ms=");
        if (slow) {
            usleep((useconds_t) atoi(slow + 9) * 1000);
        }
        const char *generation = setting("SERVER_STARTER_GENERATION");
        snprintf(body, sizeof body, "{\"name\": \"c\", \"pid\": %d, \"generation\": \"%s\", \"version\": \"%s\"}", getpid(), generation, version);
        int size = snprintf(response, sizeof response, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: close\r\n%s%s%s\r\n%s",
            strlen(body), behaves("header") ? "Dewpoint-Generation: " : "", behaves("header") ? generation : "", behaves("header") ? "\r\n" : "", body);
        if (send(connection, response, (size_t) size, MSG_NOSIGNAL) == size) {
            /* the client closes first: an early close with unread bytes would reset the answer */
            shutdown(connection, SHUT_WR);
            while (read(connection, ignored, sizeof ignored) > 0) {
            }
        }
    }
    close(connection);
    pthread_mutex_lock(&lock);
    in_flight--;
    pthread_cond_signal(&fewer);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void take(int listening) {
    int connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) {
        return; /* another generation was faster */
    }
    pthread_mutex_lock(&lock);
    in_flight++;
    pthread_mutex_unlock(&lock);
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &detached, answer, (void *) (long) connection) != 0) {
        exit(4);
    }
}

int main(void) {
    if (behaves("die")) {
        usleep(200000);
        fprintf(stderr, "fatal: no configuration found\n");
        return 1;
    }
    if (behaves("daemon")) {
        for (int i = 0; i < 2; i++) {
            if (fork() > 0) {
                _exit(0);
            }
            setsid();
        }
    }
    find_version();
    if (pipe2(waker, O_CLOEXEC) != 0) {
        return 2;
    }
    signal(SIGTERM, behaves("ignore-term") ? SIG_IGN : stop);
    int sockets[64];
    int count = descriptors(sockets, 64);
    struct pollfd entries[65];
    for (int i = 0; i < count; i++) {
        fcntl(sockets[i], F_SETFL, fcntl(sockets[i], F_GETFL) | O_NONBLOCK);
        entries[i] = (struct pollfd) {.fd = sockets[i], .events = POLLIN};
    }
    entries[count] = (struct pollfd) {.fd = waker[0], .events = POLLIN};
    printf("c %s serves as generation %s\n", version, setting("SERVER_STARTER_GENERATION"));
    fflush(stdout);
    for (;;) {
        if (poll(entries, (nfds_t) count + 1, -1) < 0 && errno != EINTR) {
            return 5;
        }
        if (entries[count].revents) {
            break;
        }
        for (int i = 0; i < count; i++) {
            if (entries[i].revents) {
                take(sockets[i]);
            }
        }
    }
    for (int i = 0; i < count; i++) {
        close(sockets[i]);
    }
    pthread_mutex_lock(&lock);
    while (in_flight > 0) {
        pthread_cond_wait(&fewer, &lock);
    }
    pthread_mutex_unlock(&lock);
    if (behaves("slow-drain")) {
        sleep(5);
    }
    printf("c ends\n");
    return 0;
}
