$ErrorActionPreference = 'Stop'

# The language of Windows PowerShell 5.1 is C# 5.
Add-Type -TypeDefinition @'
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

public static class PortresTrace
{
    static readonly IntPtr InvalidSocket = new IntPtr(-1);
    static readonly Dictionary<string, IntPtr> sockets = new Dictionary<string, IntPtr>();
    static readonly Dictionary<string, ulong> tokens = new Dictionary<string, ulong>();

    // A socket that was never opened is none, and so is `invalid`.
    static IntPtr Socket(string name)
    {
        IntPtr socket;
        return sockets.TryGetValue(name, out socket) ? socket : InvalidSocket;
    }

    // A token that was never given is 0, and so is `zero`.
    static ulong Token(string name)
    {
        ulong token;
        return tokens.TryGetValue(name, out token) ? token : 0;
    }

    static string Error(long code) { return "error " + code; }

    // What WSAGetLastError says: nothing else may be called before the runtime has kept it.
    static string Last() { return Error(Marshal.GetLastWin32Error()); }

    static string Done(int code) { return code == 0 ? "ok" : Last(); }

    static ushort Swapped(ushort port) { return (ushort)(port << 8 | port >> 8); }

    public static string Start(byte major, byte minor, bool isNull)
    {
        // room for a WSADATA of either width
        byte[] data = isNull ? null : new byte[1024];
        int code = WSAStartup((ushort)(minor << 8 | major), data);
        if (code != 0) return Error(code);
        bool asWanted = isNull || data[0] == major && data[1] == minor;
        return asWanted ? "ok" : data[0] + "." + data[1];
    }

    public static string Finish() { return Done(WSACleanup()); }

    static string Opened(string to, IntPtr from)
    {
        if (from == InvalidSocket) return Last();
        sockets[to] = from;
        return "ok";
    }

    public static string OpenSocket(string to, int family, int type, int protocol)
    {
        return Opened(to, socket(family, type, protocol));
    }

    public static string OpenWith(string to, int family, int type, int protocol, uint flags)
    {
        return Opened(to, WSASocketW(family, type, protocol, IntPtr.Zero, 0, flags));
    }

    public static string CloseSocket(string s) { return Done(closesocket(Socket(s))); }

    // A SOCKADDR_IN or SOCKADDR_IN6: ports and addresses stand in network order.
    static byte[] Name(string ip, ushort port, uint scope)
    {
        bool isV6 = ip.IndexOf(':') >= 0;
        byte[] name = new byte[isV6 ? 28 : 16];
        byte[] address = new byte[isV6 ? 16 : 4];
        inet_pton(isV6 ? 23 : 2, ip, address);
        name[0] = (byte)(isV6 ? 23 : 2);
        name[2] = (byte)(port >> 8);
        name[3] = (byte)port;
        address.CopyTo(name, isV6 ? 8 : 4);
        if (isV6) BitConverter.GetBytes(scope).CopyTo(name, 24);
        return name;
    }

    static string Port(byte[] name) { return (name[2] << 8 | name[3]).ToString(); }

    static string Spelled(byte[] name)
    {
        bool isV6 = name[0] == 23;
        byte[] address = new byte[isV6 ? 16 : 4];
        Array.Copy(name, isV6 ? 8 : 4, address, 0, address.Length);
        StringBuilder ip = new StringBuilder(64);
        inet_ntop(isV6 ? 23 : 2, address, ip, new IntPtr(64));
        if (!isV6) return ip + ":" + Port(name);
        uint scope = BitConverter.ToUInt32(name, 24);
        return "[" + ip + (scope == 0 ? "" : "%" + scope) + "]:" + Port(name);
    }

    public static string LocalName(string s)
    {
        byte[] name = new byte[128];
        int length = name.Length;
        return getsockname(Socket(s), name, ref length) == 0 ? Spelled(name) : Last();
    }

    public static string PeerName(string s)
    {
        byte[] name = new byte[128];
        int length = name.Length;
        return getpeername(Socket(s), name, ref length) == 0 ? Spelled(name) : Last();
    }

    // The local port, where a call has succeeded that may have given one.
    static string LocalPort(string s, int code)
    {
        if (code == -1) return Last();
        byte[] name = new byte[128];
        int length = name.Length;
        return getsockname(Socket(s), name, ref length) == 0 ? Port(name) : Last();
    }

    public static string BindTo(string s, string ip, ushort port, uint scope)
    {
        byte[] name = Name(ip, port, scope);
        return LocalPort(s, bind(Socket(s), name, name.Length));
    }

    public static string ListenOn(string s) { return Done(listen(Socket(s), 5)); }

    public static string ConnectTo(string s, string ip, ushort port, uint scope)
    {
        byte[] name = Name(ip, port, scope);
        return LocalPort(s, connect(Socket(s), name, name.Length));
    }

    public static string Disconnect(string s)
    {
        return Done(connect(Socket(s), new byte[28], 28));
    }

    public static string SendTo(string s, string ip, ushort port, uint scope)
    {
        byte[] name = Name(ip, port, scope);
        return LocalPort(s, sendto(Socket(s), new byte[1], 0, 0, name, name.Length));
    }

    // Waits at most two seconds for somebody to connect to a socket that listens; any other is refused at once.
    public static string AcceptFrom(string s, string to)
    {
        byte[] listens = new byte[4];
        int length = 4;
        bool waits = getsockopt(Socket(s), 0xffff, 2, listens, ref length) == 0 && listens[0] != 0;
        if (waits)
        {
            // an fd_set: how many, and room for 64
            IntPtr[] arrived = new IntPtr[65];
            arrived[0] = new IntPtr(1);
            arrived[1] = Socket(s);
            int[] patience = { 2, 0 };
            if (select(0, arrived, IntPtr.Zero, IntPtr.Zero, patience) == 0) return "nobody has connected";
        }
        return Opened(to, accept(Socket(s), IntPtr.Zero, IntPtr.Zero));
    }

    public static string SetOption(string s, int level, int option, uint value)
    {
        return Done(setsockopt(Socket(s), level, option, ref value, 4));
    }

    public static string GetOption(string s, int level, int option, bool isStructure)
    {
        byte[] room = new byte[1024];
        int length = isStructure ? room.Length : 4;
        if (getsockopt(Socket(s), level, option, room, ref length) != 0) return Last();
        return isStructure ? "ok" : BitConverter.ToUInt32(room, 0).ToString();
    }

    public static string Control(string s, uint command, uint value, bool gives)
    {
        int code = ioctlsocket(Socket(s), unchecked((int)command), ref value);
        return code == 0 && gives ? value.ToString() : Done(code);
    }

    // StartPort stands in network order, NumberOfPorts in host order; the token lies behind four bytes of padding.
    public static string Acquire(string s, ushort first, ushort count, string token)
    {
        byte[] wanted = new byte[4];
        byte[] given = new byte[16];
        BitConverter.GetBytes(Swapped(first)).CopyTo(wanted, 0);
        BitConverter.GetBytes(count).CopyTo(wanted, 2);
        uint bytes;
        if (WSAIoctl(Socket(s), 0x98000064, wanted, 4, given, 16, out bytes, IntPtr.Zero, IntPtr.Zero) != 0) return Last();
        tokens[token] = BitConverter.ToUInt64(given, 8);
        return Swapped(BitConverter.ToUInt16(given, 0)) + "+" + BitConverter.ToUInt16(given, 2);
    }

    static string Give(string s, uint code, byte[] input)
    {
        uint bytes;
        return Done(WSAIoctl(Socket(s), code, input, (uint)input.Length, null, 0, out bytes, IntPtr.Zero, IntPtr.Zero));
    }

    public static string Associate(string s, string token)
    {
        return Give(s, 0x98000066, BitConverter.GetBytes(Token(token)));
    }

    public static string Release(string s, string token)
    {
        return Give(s, 0x98000065, BitConverter.GetBytes(Token(token)));
    }

    public static string RunOn(string s, ushort processor)
    {
        return Give(s, 0x98000015, BitConverter.GetBytes(processor));
    }

    // The functions for persistent reservations: a system may lack them.
    public static string Reserve(string function, ushort first, ushort count, string token)
    {
        ulong given = 0;
        ushort start = Swapped(first);
        uint code;
        try
        {
            switch (function)
            {
                case "CreatePersistentTcpPortReservation": code = CreatePersistentTcpPortReservation(start, count, ref given); break;
                case "CreatePersistentUdpPortReservation": code = CreatePersistentUdpPortReservation(start, count, ref given); break;
                case "LookupPersistentTcpPortReservation": code = LookupPersistentTcpPortReservation(start, count, ref given); break;
                case "LookupPersistentUdpPortReservation": code = LookupPersistentUdpPortReservation(start, count, ref given); break;
                default: throw new ArgumentException(function);
            }
        }
        catch (EntryPointNotFoundException) { return "unsupported"; }
        if (code != 0) return Error(code);
        tokens[token] = given;
        return "ok";
    }

    public static string Unreserve(string function, ushort first, ushort count)
    {
        ushort start = Swapped(first);
        uint code;
        try
        {
            switch (function)
            {
                case "DeletePersistentTcpPortReservation": code = DeletePersistentTcpPortReservation(start, count); break;
                case "DeletePersistentUdpPortReservation": code = DeletePersistentUdpPortReservation(start, count); break;
                default: throw new ArgumentException(function);
            }
        }
        catch (EntryPointNotFoundException) { return "unsupported"; }
        return code == 0 ? "ok" : Error(code);
    }

    [DllImport("ws2_32.dll")] static extern int WSAStartup(ushort wanted, byte[] data);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int WSACleanup();
    [DllImport("ws2_32.dll", SetLastError = true)] static extern IntPtr socket(int family, int type, int protocol);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern IntPtr WSASocketW(int family, int type, int protocol, IntPtr info, uint group, uint flags);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int closesocket(IntPtr s);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int bind(IntPtr s, byte[] name, int length);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int listen(IntPtr s, int backlog);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int connect(IntPtr s, byte[] name, int length);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int sendto(IntPtr s, byte[] data, int size, int flags, byte[] name, int length);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int getsockname(IntPtr s, [Out] byte[] name, ref int length);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int getpeername(IntPtr s, [Out] byte[] name, ref int length);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int setsockopt(IntPtr s, int level, int option, ref uint value, int length);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int getsockopt(IntPtr s, int level, int option, [Out] byte[] value, ref int length);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int ioctlsocket(IntPtr s, int command, ref uint value);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int select(int ignored, [In, Out] IntPtr[] read, IntPtr write, IntPtr except, int[] patience);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern IntPtr accept(IntPtr s, IntPtr name, IntPtr length);
    [DllImport("ws2_32.dll", SetLastError = true)] static extern int WSAIoctl(IntPtr s, uint code, byte[] input, uint size, [Out] byte[] output, uint room, out uint bytes, IntPtr overlapped, IntPtr routine);
    [DllImport("ws2_32.dll", CharSet = CharSet.Ansi)] static extern int inet_pton(int family, string ip, [Out] byte[] address);
    [DllImport("ws2_32.dll", CharSet = CharSet.Ansi)] static extern IntPtr inet_ntop(int family, byte[] address, StringBuilder ip, IntPtr room);
    [DllImport("iphlpapi.dll")] static extern uint CreatePersistentTcpPortReservation(ushort start, ushort count, ref ulong token);
    [DllImport("iphlpapi.dll")] static extern uint CreatePersistentUdpPortReservation(ushort start, ushort count, ref ulong token);
    [DllImport("iphlpapi.dll")] static extern uint LookupPersistentTcpPortReservation(ushort start, ushort count, ref ulong token);
    [DllImport("iphlpapi.dll")] static extern uint LookupPersistentUdpPortReservation(ushort start, ushort count, ref ulong token);
    [DllImport("iphlpapi.dll")] static extern uint DeletePersistentTcpPortReservation(ushort start, ushort count);
    [DllImport("iphlpapi.dll")] static extern uint DeletePersistentUdpPortReservation(ushort start, ushort count);
}
'@

$steps = 0
$differences = 0

# Whether a reply is one of those recorded, which `|` separates; `error *` is any error, `*` any success.
function Test-Recorded([string]$recorded, [string]$reply) {
    if ($recorded -ceq 'error *') { return $reply.StartsWith('error ') }
    if ($recorded -ceq '*') { return -not $reply.StartsWith('error ') }
    return $recorded.Split('|') -ccontains $reply
}

function Step([string]$call, [string]$recorded, [string]$reply) {
    $script:steps++
    if ($recorded -eq '') { "$call -> $reply (no reply was recorded)"; return }
    if (Test-Recorded $recorded $reply) { "$call -> $reply, as recorded"; return }
    $script:differences++
    "$call -> $reply, RECORDED: $recorded"
}
