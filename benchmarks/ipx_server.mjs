// IPX as its documentation embeds it. node ipx_server.mjs PORT; GET /w_…,f_…,q_…/http://127.0.0.1:…/…
import http from "node:http";
import { createIPX, createIPXNodeServer, ipxHttpStorage } from "ipx";

const ipx = createIPX({
  storage: ipxHttpStorage({ domains: ["127.0.0.1"] }),
  httpStorage: ipxHttpStorage({ domains: ["127.0.0.1"] }),
});

http.createServer(createIPXNodeServer(ipx)).listen(Number(process.argv[2]), "127.0.0.1");
