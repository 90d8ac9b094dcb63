// The least a server with sharp can be: fetch the source, resize it, answer with the image.
// node sharp_server.mjs PORT; GET /?url=…&width=…&format=…&quality=…
import http from "node:http";
import sharp from "sharp";

const agent = new http.Agent({ keepAlive: true });

function fetched(url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}

async function answer(request, response) {
  const wanted = new URL(request.url, "http://127.0.0.1").searchParams;
  if (!wanted.has("url")) {
    response.writeHead(404).end();
    return;
  }
  const options = wanted.has("quality") ? { quality: Number(wanted.get("quality")) } : {};
  const image = await sharp(await fetched(wanted.get("url")))
    .resize(Number(wanted.get("width")))
    .toFormat(wanted.get("format"), options)
    .toBuffer();
  response.writeHead(200, { "Content-Type": `image/${wanted.get("format")}` }).end(image);
}

http
  .createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  })
  .listen(Number(process.argv[2]), "127.0.0.1");
