// Reserve a UDP port, tie a socket to it and bind it: what msquic does. node client.mjs HOST PORT
import net from "node:net";
import readline from "node:readline";

const [host, port] = process.argv.slice(2);
const server = net.connect(Number(port), host);
const lines = readline.createInterface({ input: server })[Symbol.asyncIterator]();

async function ask(request) {
  server.write(JSON.stringify(request) + "\n");
  const { value: line } = await lines.next();
  console.log(line);
  return JSON.parse(line).reply;
}

await ask({ as: "s1", call: { socket: { kind: "udp", family: "v6" } } });
await ask({ call: { setsockopt: { socket: "s1", option: "IPV6_V6ONLY", value: 0 } } });
const acquired = await ask({ as: "t1", call: { acquire: { socket: "s1", range: "4433+1" } } });
const { block, token } = acquired.reserved;
await ask({ call: { associate: { socket: "s1", token } } });
await ask({ call: { bind: { socket: "s1", address: `[::]:${block.split("+")[0]}` } } });
await ask({ call: { getsockname: { socket: "s1" } } });
// a second server on this port is stopped here
await ask({ as: "s2", call: { socket: { kind: "udp", family: "v6" } } });
const refused = await ask({ as: "t2", call: { acquire: { socket: "s2", range: "4433+1" } } });
if (refused.failed !== "WSAEADDRINUSE") throw new Error(JSON.stringify(refused));
await ask({ call: { closesocket: { socket: "s1" } } });
server.end();
