/* Reserve a UDP port, tie a socket to it and bind it: what msquic does. cc client.c && ./a.out HOST PORT */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sends a line and prints the answer, which must have this in it. */
static int ask(FILE *to, FILE *from, const char *request, const char *expected) {
    char line[1024];
    if (fprintf(to, "%s\n", request) < 0 || fflush(to) || !fgets(line, sizeof line, from)) return 0;
    fputs(line, stdout);
    return strstr(line, expected) != NULL;
}

int main(int count, char **argument) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *at;
    if (count != 3 || getaddrinfo(argument[1], argument[2], &hints, &at)) return 2;
    int server = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
    if (server < 0 || connect(server, at->ai_addr, at->ai_addrlen)) return perror("connect"), 2;
    freeaddrinfo(at);
    FILE *from = fdopen(server, "r"), *to = fdopen(dup(server), "w");
    if (!from || !to) return 2;
#define ASK(request, expected) if (!ask(to, from, request, expected)) return 1
    ASK("{\"as\":\"s1\",\"call\":{\"socket\":{\"kind\":\"udp\",\"family\":\"v6\"}}}", "\"s1\"");
    ASK("{\"call\":{\"setsockopt\":{\"socket\":\"s1\",\"option\":\"IPV6_V6ONLY\",\"value\":0}}}", "\"ok\"");
    ASK("{\"as\":\"t1\",\"call\":{\"acquire\":{\"socket\":\"s1\",\"range\":\"4433+1\"}}}", "\"t1\"");
    ASK("{\"call\":{\"associate\":{\"socket\":\"s1\",\"token\":\"t1\"}}}", "\"ok\"");
    ASK("{\"call\":{\"bind\":{\"socket\":\"s1\",\"address\":\"[::]:4433\"}}}", "4433");
    ASK("{\"call\":{\"getsockname\":{\"socket\":\"s1\"}}}", "\"[::]:4433\"");
    /* a second server on this port is stopped here */
    ASK("{\"as\":\"s2\",\"call\":{\"socket\":{\"kind\":\"udp\",\"family\":\"v6\"}}}", "\"s2\"");
    ASK("{\"as\":\"t2\",\"call\":{\"acquire\":{\"socket\":\"s2\",\"range\":\"4433+1\"}}}", "WSAEADDRINUSE");
    ASK("{\"call\":{\"closesocket\":{\"socket\":\"s1\"}}}", "\"ok\"");
    return 0;
}
