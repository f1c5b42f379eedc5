/* Makes the calls of a trace and compares what Windows answers. */
/* 7 calls are made, 0 are not: each stands below, with the reason. */
/* The machine must be as the trace has it. Ports that the system chooses differ from run to run. */

/*   x86_64-w64-mingw32-gcc -o trace.exe trace.c -lws2_32 */
/*   cl trace.c ws2_32.lib */

/* portres trace 1 */
/* title SO_ACCEPTCONN tells whether a socket listens, and cannot be set */
/* source Wine suite test_listen */
/* world closed */

…

int main(void) {
    SOCKET s1 = INVALID_SOCKET;
    start(2, 2, 0);
    step("p1: s1 = socket tcp v4", "ok", open_socket(&s1, 2, 1, 6));
    step("p1: bind s1 127.0.0.1:9374", "9374", bind_to(s1, "127.0.0.1", 9374, 0));
    step("p1: getsockopt s1 SO_ACCEPTCONN", "0", get_option(s1, 65535, 2, 0));
    step("p1: setsockopt s1 SO_ACCEPTCONN 1", "error 10042", set_option(s1, 65535, 2, 1));
    step("p1: listen s1", "ok", listen_on(s1));
    step("p1: getsockopt s1 SO_ACCEPTCONN", "1", get_option(s1, 65535, 2, 0));
    step("p1: setsockopt s1 SO_ACCEPTCONN 0", "error 10042", set_option(s1, 65535, 2, 0));
    return end();
}
