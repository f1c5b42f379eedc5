/* Makes the calls of a trace and compares what Windows answers. */
/* 6 calls are made, 0 are not: each stands below, with the reason. */
/* The machine must be as the trace has it. Ports that the system chooses differ from run to run. */

/*   x86_64-w64-mingw32-gcc -o trace.exe trace.c -lws2_32 */
/*   cl trace.c ws2_32.lib */

/* portres trace 1 */
/* title A block is created, found with its token, deleted, and then gone; TCP */
/* source MicrosoftDocs sdk-api: Create-, Lookup-, DeletePersistentTcpPortReservation; Vanara unit tests */
/* world closed */
/* process p1 user=alice administrator elevated */

…

int main(void) {
    ULONG64 t1 = 0;
    ULONG64 t2 = 0;
    step("p1: t1 = create tcp 5000+20", "ok", reserve("CreatePersistentTcpPortReservation", 5000, 20, &t1));
    step("p1: t1 = lookup tcp 5000+20", "ok", reserve("LookupPersistentTcpPortReservation", 5000, 20, &t1));
    step("p1: delete tcp 5000+20", "ok", unreserve("DeletePersistentTcpPortReservation", 5000, 20));
    step("p1: t2 = lookup tcp 5000+20", "error 1168", reserve("LookupPersistentTcpPortReservation", 5000, 20, &t2));
    step("p1: delete tcp 5000+20", "error 1168", unreserve("DeletePersistentTcpPortReservation", 5000, 20));
    step("p1: t2 = create tcp 5000+20", "ok", reserve("CreatePersistentTcpPortReservation", 5000, 20, &t2));
    return end();
}
