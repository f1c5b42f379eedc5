/* Makes the calls of a trace and compares what Windows answers. */
/* 4 calls are made, 0 are not: each stands below, with the reason. */
/* The machine must be as the trace has it. Ports that the system chooses differ from run to run. */

/*   x86_64-w64-mingw32-gcc -o trace.exe trace.c -lws2_32 */
/*   cl trace.c ws2_32.lib */

/* portres trace 1 */
/* title A v4-mapped address on a v6-only socket fails */
/* source OPT-13 */
/* world closed */
/* expect diverges 2 bind.mapped-on-v6only */

…

int main(void) {
    SOCKET s1 = INVALID_SOCKET;
    start(2, 2, 0);
    step("p1: s1 = socket tcp v6", "ok", open_socket(&s1, 23, 1, 6));
    step("p1: bind s1 [::ffff:127.0.0.1]:5000", "5000", bind_to(s1, "::ffff:127.0.0.1", 5000, 0));
    step("p1: listen s1", "ok", listen_on(s1));
    step("p1: closesocket s1", "ok", close_socket(s1));
    return end();
}
