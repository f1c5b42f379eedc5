#define WIN32_LEAN_AND_MEAN
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <stdio.h>
#include <string.h>

/* What the structures of mstcpip.h are, on every compiler: StartPort stands in network order, NumberOfPorts in host order. */
struct range { USHORT start, count; };
struct instance { struct range block; ULONG padding; ULONG64 token; };

static unsigned steps, differences;
static char got[128];

static const char *text(const char *what) { snprintf(got, sizeof got, "%s", what); return got; }
static const char *number(unsigned long n) { snprintf(got, sizeof got, "%lu", n); return got; }
static const char *error(unsigned long code) { snprintf(got, sizeof got, "error %lu", code); return got; }
static const char *last(void) { return error((unsigned long)WSAGetLastError()); }
static const char *done(int code) { return code == 0 ? text("ok") : last(); }

static const char *finish(void) { return done(WSACleanup()); }

/* Whether a reply is one of those recorded, which `|` separates; `error *` is any error, `*` any success. */
static int is_recorded(const char *recorded, const char *reply) {
    size_t length = strlen(reply);
    if (strcmp(recorded, "error *") == 0) return strncmp(reply, "error ", 6) == 0;
    if (strcmp(recorded, "*") == 0) return strncmp(reply, "error ", 6) != 0;
    for (;;) {
        size_t one = strcspn(recorded, "|");
        if (one == length && memcmp(recorded, reply, length) == 0) return 1;
        if (recorded[one] == 0) return 0;
        recorded += one + 1;
    }
}

static void step(const char *call, const char *recorded, const char *reply) {
    steps++;
    if (*recorded == 0) { printf("%s -> %s (no reply was recorded)\n", call, reply); return; }
    if (is_recorded(recorded, reply)) { printf("%s -> %s, as recorded\n", call, reply); return; }
    differences++;
    printf("%s -> %s, RECORDED: %s\n", call, reply, recorded);
}

static int end(void) {
    printf("%u calls, %u answered otherwise than recorded\n", steps, differences);
    return differences != 0;
}

static const char *start(BYTE major, BYTE minor, int null) {
    WSADATA data;
    int code = WSAStartup(MAKEWORD(major, minor), null ? NULL : &data);
    if (code != 0) return error((unsigned long)code);
    if (data.wVersion == MAKEWORD(major, minor)) return text("ok");
    snprintf(got, sizeof got, "%u.%u", LOBYTE(data.wVersion), HIBYTE(data.wVersion));
    return got;
}

static const char *opened(SOCKET *to, SOCKET from) {
    if (from == INVALID_SOCKET) return last();
    *to = from;
    return text("ok");
}

static const char *open_socket(SOCKET *to, int family, int type, int protocol) {
    return opened(to, socket(family, type, protocol));
}

static const char *open_with(SOCKET *to, int family, int type, int protocol, DWORD flags) {
    return opened(to, WSASocketW(family, type, protocol, NULL, 0, flags));
}

/* Ports and addresses stand in network order. */
static int address(struct sockaddr_storage *to, const char *ip, USHORT port, ULONG scope) {
    memset(to, 0, sizeof *to);
    if (strchr(ip, ':') != NULL) {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        v6->sin6_scope_id = scope;
        inet_pton(AF_INET6, ip, &v6->sin6_addr);
        return sizeof *v6;
    } else {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        inet_pton(AF_INET, ip, &v4->sin_addr);
        return sizeof *v4;
    }
}

static const char *named(int code, const struct sockaddr_storage *name, int port_only) {
    char ip[64] = "";
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)name;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)name;
    if (code != 0) return last();
    if (port_only) return number(ntohs(v4->sin_port)); /* at the same place in both */
    if (name->ss_family == AF_INET6) {
        inet_ntop(AF_INET6, (void *)&v6->sin6_addr, ip, sizeof ip);
        if (v6->sin6_scope_id != 0) snprintf(got, sizeof got, "[%s%%%lu]:%u", ip, v6->sin6_scope_id, ntohs(v6->sin6_port));
        else snprintf(got, sizeof got, "[%s]:%u", ip, ntohs(v6->sin6_port));
    } else {
        inet_ntop(AF_INET, (void *)&v4->sin_addr, ip, sizeof ip);
        snprintf(got, sizeof got, "%s:%u", ip, ntohs(v4->sin_port));
    }
    return got;
}

static const char *local(SOCKET s, int port_only) {
    struct sockaddr_storage name;
    int length = sizeof name;
    return named(getsockname(s, (struct sockaddr *)&name, &length), &name, port_only);
}

static const char *local_name(SOCKET s) { return local(s, 0); }

static const char *peer_name(SOCKET s) {
    struct sockaddr_storage name;
    int length = sizeof name;
    return named(getpeername(s, (struct sockaddr *)&name, &length), &name, 0);
}

static const char *bind_to(SOCKET s, const char *ip, USHORT port, ULONG scope) {
    struct sockaddr_storage name;
    int length = address(&name, ip, port, scope);
    return bind(s, (struct sockaddr *)&name, length) == 0 ? local(s, 1) : last();
}

static const char *listen_on(SOCKET s) { return done(listen(s, 5)); }

static const char *connect_to(SOCKET s, const char *ip, USHORT port, ULONG scope) {
    struct sockaddr_storage name;
    int length = address(&name, ip, port, scope);
    return connect(s, (struct sockaddr *)&name, length) == 0 ? local(s, 1) : last();
}

static const char *disconnect(SOCKET s) {
    struct sockaddr_storage name;
    memset(&name, 0, sizeof name);
    return done(connect(s, (struct sockaddr *)&name, sizeof(struct sockaddr_in6)));
}

static const char *send_to(SOCKET s, const char *ip, USHORT port, ULONG scope) {
    struct sockaddr_storage name;
    int length = address(&name, ip, port, scope);
    return sendto(s, "", 0, 0, (struct sockaddr *)&name, length) == SOCKET_ERROR ? last() : local(s, 1);
}

static const char *close_socket(SOCKET s) { return done(closesocket(s)); }

/* Waits at most two seconds for somebody to connect to a socket that listens; any other is refused at once. */
static const char *accept_from(SOCKET s, SOCKET *to) {
    DWORD listens = 0;
    int length = sizeof listens;
    fd_set arrived;
    struct timeval patience = {2, 0};
    FD_ZERO(&arrived);
    FD_SET(s, &arrived);
    if (getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, (char *)&listens, &length) == 0 && listens != 0
        && select(0, &arrived, NULL, NULL, &patience) == 0)
        return text("nobody has connected");
    return opened(to, accept(s, NULL, NULL));
}

static const char *set_option(SOCKET s, int level, int option, ULONG value) {
    return done(setsockopt(s, level, option, (const char *)&value, sizeof value));
}

static const char *get_option(SOCKET s, int level, int option, int is_structure) {
    ULONG64 room[128] = {0};
    int length = is_structure ? sizeof room : sizeof(ULONG);
    if (getsockopt(s, level, option, (char *)room, &length) != 0) return last();
    return is_structure ? text("ok") : number((ULONG)room[0]);
}

static const char *control(SOCKET s, ULONG command, ULONG value, int gives) {
    if (ioctlsocket(s, (long)command, &value) != 0) return last();
    return gives ? number(value) : text("ok");
}

static const char *acquire(SOCKET s, USHORT first, USHORT count, ULONG64 *token) {
    struct range wanted = {htons(first), count};
    struct instance given = {{0, 0}, 0, 0};
    DWORD bytes = 0;
    if (WSAIoctl(s, 0x98000064 /* SIO_ACQUIRE_PORT_RESERVATION */, &wanted, sizeof wanted, &given, sizeof given, &bytes, NULL, NULL) != 0)
        return last();
    *token = given.token;
    snprintf(got, sizeof got, "%u+%u", ntohs(given.block.start), given.block.count);
    return got;
}

static const char *give(SOCKET s, DWORD code, const void *input, DWORD length) {
    DWORD bytes = 0;
    return done(WSAIoctl(s, code, (void *)input, length, NULL, 0, &bytes, NULL, NULL));
}

static const char *associate(SOCKET s, ULONG64 token) { return give(s, 0x98000066 /* SIO_ASSOCIATE_PORT_RESERVATION */, &token, sizeof token); }
static const char *release(SOCKET s, ULONG64 token) { return give(s, 0x98000065 /* SIO_RELEASE_PORT_RESERVATION */, &token, sizeof token); }
static const char *run_on(SOCKET s, USHORT processor) { return give(s, 0x98000015 /* SIO_CPU_AFFINITY */, &processor, sizeof processor); }

/* The functions for persistent reservations are looked up: a system may lack them. */
static FARPROC look_up(const char *function) {
    HMODULE library = LoadLibraryA("iphlpapi.dll");
    return library == NULL ? NULL : GetProcAddress(library, function);
}

static const char *reserve(const char *function, USHORT first, USHORT count, ULONG64 *token) {
    FARPROC found = look_up(function);
    ULONG code;
    if (found == NULL) return text("unsupported");
    code = ((ULONG(WINAPI *)(USHORT, USHORT, ULONG64 *))(void (*)(void))found)(htons(first), count, token);
    return code == 0 ? text("ok") : error(code);
}

static const char *unreserve(const char *function, USHORT first, USHORT count) {
    FARPROC found = look_up(function);
    ULONG code;
    if (found == NULL) return text("unsupported");
    code = ((ULONG(WINAPI *)(USHORT, USHORT))(void (*)(void))found)(htons(first), count);
    return code == 0 ? text("ok") : error(code);
}
