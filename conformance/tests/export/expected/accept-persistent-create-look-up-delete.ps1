# Makes the calls of a trace and compares what Windows answers.
# 6 calls are made, 0 are not: each stands below, with the reason.
# The machine must be as the trace has it. Ports that the system chooses differ from run to run.
#
#   powershell -NoProfile -ExecutionPolicy Bypass -File trace.ps1
#   pwsh -NoProfile -File trace.ps1
# PowerShell itself may have started Winsock: then calls before WSAStartup and after WSACleanup are answered otherwise.
#
# portres trace 1
# title A block is created, found with its token, deleted, and then gone; TCP
# source MicrosoftDocs sdk-api: Create-, Lookup-, DeletePersistentTcpPortReservation; Vanara unit tests
# world closed
# process p1 user=alice administrator elevated

…

Step 'p1: t1 = create tcp 5000+20' 'ok' ([PortresTrace]::Reserve('CreatePersistentTcpPortReservation', 5000, 20, 't1'))
Step 'p1: t1 = lookup tcp 5000+20' 'ok' ([PortresTrace]::Reserve('LookupPersistentTcpPortReservation', 5000, 20, 't1'))
Step 'p1: delete tcp 5000+20' 'ok' ([PortresTrace]::Unreserve('DeletePersistentTcpPortReservation', 5000, 20))
Step 'p1: t2 = lookup tcp 5000+20' 'error 1168' ([PortresTrace]::Reserve('LookupPersistentTcpPortReservation', 5000, 20, 't2'))
Step 'p1: delete tcp 5000+20' 'error 1168' ([PortresTrace]::Unreserve('DeletePersistentTcpPortReservation', 5000, 20))
Step 'p1: t2 = create tcp 5000+20' 'ok' ([PortresTrace]::Reserve('CreatePersistentTcpPortReservation', 5000, 20, 't2'))

"$steps calls, $differences answered otherwise than recorded"
exit [int]($differences -ne 0)
