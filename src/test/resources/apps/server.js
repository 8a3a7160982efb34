// A server-starter client like server.py: serves HTTP/1.1 on the sockets that it is given, from descriptor 3 on.
"use strict";
const fs = require("fs");
const http = require("http");
const path = require("path");
const { spawn } = require("child_process");

const name = "node";
const behaviour = (process.env.APP_BEHAVIOUR || "").split(",");
const generation = process.env.SERVER_STARTER_GENERATION || "";

function version() {
  const beside = path.join(__dirname, "version");
  if (process.env.APP_VERSION !== undefined) {
    return process.env.APP_VERSION;
  }
  return fs.existsSync(beside) ? fs.readFileSync(beside, "utf8").trim() : "none";
}

function descriptors() {
  if ((process.env.APP_PROTOCOL || "starter") === "starter") {
    return process.env.SERVER_STARTER_PORT.split(";").map((entry) => Number(entry.slice(entry.lastIndexOf("=") + 1)));
  }
  if (process.env.LISTEN_PID !== String(process.pid)) {
    console.error(`LISTEN_PID is ${process.env.LISTEN_PID}, and this is ${process.pid}`);
    process.exit(1);
  }
  return Array.from({ length: Number(process.env.LISTEN_FDS) }, (_, i) => 3 + i);
}

function answer(request, response) {
  const wait = /^\/slow\?ms=(\d+)$/.exec(request.url);
  setTimeout(() => {
    response.setHeader("Content-Type", "application/json");
    response.setHeader("Connection", "close");
    if (behaviour.includes("header")) {
      response.setHeader("Dewpoint-Generation", generation);
    }
    response.end(JSON.stringify({ name, pid: process.pid, generation, version: version() }));
  }, wait ? Number(wait[1]) : 0);
}

function serve() {
  const servers = descriptors().map((fd) => http.createServer(answer).listen({ fd }));
  process.on("SIGTERM", () => {
    if (behaviour.includes("ignore-term")) {
      return;
    }
    let open = servers.length;
    servers.forEach((server) => server.close(() => {
      open -= 1;
      if (open === 0) {
        setTimeout(() => {
          console.log(`${name} ends`);
          process.exit(0);
        }, behaviour.includes("slow-drain") ? 5000 : 0);
      }
    }));
  });
  console.log(`${name} ${version()} serves as generation ${generation}`);
}

if (behaviour.includes("die")) {
  setTimeout(() => {
    console.error("fatal: no configuration found");
    process.exit(1);
  }, 200);
} else if (behaviour.includes("daemon")) {
  const rest = behaviour.filter((one) => one !== "daemon").join(",");
  const given = descriptors();
  const stdio = ["ignore", "inherit", "inherit", ...given];
  spawn(process.execPath, [__filename], { detached: true, stdio, env: { ...process.env, APP_BEHAVIOUR: rest, APP_PROTOCOL: "starter" } }).unref();
  process.exit(0);
} else {
  serve();
}
