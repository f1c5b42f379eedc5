/* Makes the calls of a trace and compares what Windows answers. */
/* 2 calls are made, 3 are not: each stands below, with the reason. */
/* The machine must be as the trace has it. Ports that the system chooses differ from run to run. */

/*   x86_64-w64-mingw32-gcc -o trace.exe trace.c -lws2_32 */
/*   cl trace.c ws2_32.lib */

/* portres trace 1 */
/* title When the process ends, its sockets close and its reservations end */
/* source MicrosoftDocs win32: sio-acquire-port-reservation; sdk-api: WSACleanup */
/* world closed */

…

int main(void) {
    SOCKET s1 = INVALID_SOCKET;
    ULONG64 t1 = 0;
    start(2, 2, 0);
    step("p1: s1 = socket tcp v6", "ok", open_socket(&s1, 23, 1, 6));
    step("p1: t1 = acquire s1 5000+20", "5000+20", acquire(s1, 5000, 20, &t1));
    /* not made: p1: exit: nothing would be left to tell of it */
    /* not made: p2: s2 = socket tcp v6: another process makes it */
    /* not made: p2: t2 = acquire s2 5000+20: another process makes it */
    return end();
}
