# Makes the calls of a trace and compares what Windows answers.
# 2 calls are made, 3 are not: each stands below, with the reason.
# The machine must be as the trace has it. Ports that the system chooses differ from run to run.
#
#   powershell -NoProfile -ExecutionPolicy Bypass -File trace.ps1
#   pwsh -NoProfile -File trace.ps1
# PowerShell itself may have started Winsock: then calls before WSAStartup and after WSACleanup are answered otherwise.
#
# portres trace 1
# title When the process ends, its sockets close and its reservations end
# source MicrosoftDocs win32: sio-acquire-port-reservation; sdk-api: WSACleanup
# world closed

…

$null = [PortresTrace]::Start(2, 2, $false)
Step 'p1: s1 = socket tcp v6' 'ok' ([PortresTrace]::OpenSocket('s1', 23, 1, 6))
Step 'p1: t1 = acquire s1 5000+20' '5000+20' ([PortresTrace]::Acquire('s1', 5000, 20, 't1'))
# not made: p1: exit: nothing would be left to tell of it
# not made: p2: s2 = socket tcp v6: another process makes it
# not made: p2: t2 = acquire s2 5000+20: another process makes it

"$steps calls, $differences answered otherwise than recorded"
exit [int]($differences -ne 0)
