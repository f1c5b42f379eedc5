/* Makes the calls of a trace and compares what Windows answers. */
/* 6 calls are made, 0 are not: each stands below, with the reason. */
/* The machine must be as the trace has it. Ports that the system chooses differ from run to run. */

/*   x86_64-w64-mingw32-gcc -o trace.exe trace.c -lws2_32 */
/*   cl trace.c ws2_32.lib */

/* portres trace 1 */
/* title The release sample: acquire and release on one socket that is never bound */
/* source MicrosoftDocs win32: sio-release-port-reservation, sample program */
/* world closed */
/* process p1 user=user standard */

…

int main(void) {
    SOCKET s1 = INVALID_SOCKET;
    ULONG64 t1 = 0;
    step("p1: startup", "ok", start(2, 2, 0));
    step("p1: s1 = socket udp v4", "ok", open_socket(&s1, 2, 2, 17));
    step("p1: t1 = acquire s1 5000+20", "5000+20", acquire(s1, 5000, 20, &t1));
    step("p1: release s1 t1", "ok", release(s1, t1));
    step("p1: closesocket s1", "ok", close_socket(s1));
    step("p1: cleanup", "ok", finish());
    return end();
}
