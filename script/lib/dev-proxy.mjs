// dev-proxy.mjs PORT INNER: passes requests on to the program at INNER; adds a script to pages that reloads them.
// dev-proxy.mjs --reload PORT INNER: waits until INNER answers, then reloads every open page.
// For development only: it drops the Content-Security-Policy, which would refuse the added script.
import http from "node:http";

const RELOAD = "/__dev/reload";
const SCRIPT = `<script>new EventSource("${RELOAD}").onmessage = () => location.reload();</script>`;
const host = "127.0.0.1";

function serve(port, inner) {
  const pages = new Set();
  const server = http.createServer((request, response) => {
    if (request.url === RELOAD && request.method === "POST") {
      for (const page of pages) page.write("data: reload\n\n");
      return response.end();
    }
    if (request.url === RELOAD) {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": open\n\n");
      pages.add(response);
      request.on("close", () => pages.delete(response));
      return;
    }
    const headers = { ...request.headers };
    if (headers.accept?.includes("text/html")) delete headers["accept-encoding"];
    const passed = http.request({ host, port: inner, path: request.url, method: request.method, headers }, (answer) => {
      const html = answer.headers["content-type"]?.includes("text/html");
      if (html) {
        delete answer.headers["content-length"];
        delete answer.headers["content-security-policy"];
      }
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response, { end: !html });
      if (html) answer.on("end", () => response.end(SCRIPT));
    });
    passed.on("error", () => {
      if (response.headersSent) return response.end();
      response.writeHead(503, { "content-type": "text/html; charset=utf-8", "retry-after": "1" });
      response.end(`<p>Building… this page loads itself when it is done.</p>${SCRIPT}`);
    });
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  });
  server.on("error", (error) => {
    console.error(`port ${port}: ${error.message}`);
    process.exit(1);
  });
  server.listen(port, host);
}

async function reload(port, inner) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    try {
      if ((await fetch(`http://${host}:${inner}/healthz`)).ok) {
        await fetch(`http://${host}:${port}${RELOAD}`, { method: "POST" });
        return;
      }
    } catch {
      // not listening yet
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  console.error("the program did not answer within 30 s");
  process.exit(1);
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--reload") await reload(...rest.map(Number));
else serve(Number(first), Number(rest[0]));
