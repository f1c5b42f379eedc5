"""Reserve a UDP port, tie a socket to it and bind it: what msquic does. python3 client.py HOST PORT"""
import json, socket, sys

server = socket.create_connection((sys.argv[1], int(sys.argv[2]))).makefile("rw")

def ask(**request):
    print(json.dumps(request, separators=(",", ":")), file=server, flush=True)
    line = server.readline()
    print(line, end="")
    return json.loads(line).get("reply")

ask(call={"socket": {"kind": "udp", "family": "v6"}}, **{"as": "s1"})
ask(call={"setsockopt": {"socket": "s1", "option": "IPV6_V6ONLY", "value": 0}})
block = ask(call={"acquire": {"socket": "s1", "range": "4433+1"}}, **{"as": "t1"})["reserved"]
ask(call={"associate": {"socket": "s1", "token": block["token"]}})
port = block["block"].split("+")[0]
ask(call={"bind": {"socket": "s1", "address": f"[::]:{port}"}})
ask(call={"getsockname": {"socket": "s1"}})
# a second server on this port is stopped here
ask(call={"socket": {"kind": "udp", "family": "v6"}}, **{"as": "s2"})
refused = ask(call={"acquire": {"socket": "s2", "range": "4433+1"}}, **{"as": "t2"})
assert refused == {"failed": "WSAEADDRINUSE"}, refused
ask(call={"closesocket": {"socket": "s1"}})
