# Makes the calls of a trace and compares what Windows answers.
# 6 calls are made, 0 are not: each stands below, with the reason.
# The machine must be as the trace has it. Ports that the system chooses differ from run to run.
#
#   powershell -NoProfile -ExecutionPolicy Bypass -File trace.ps1
#   pwsh -NoProfile -File trace.ps1
# PowerShell itself may have started Winsock: then calls before WSAStartup and after WSACleanup are answered otherwise.
#
# portres trace 1
# title The release sample: acquire and release on one socket that is never bound
# source MicrosoftDocs win32: sio-release-port-reservation, sample program
# world closed
# process p1 user=user standard

…

Step 'p1: startup' 'ok' ([PortresTrace]::Start(2, 2, $false))
Step 'p1: s1 = socket udp v4' 'ok' ([PortresTrace]::OpenSocket('s1', 2, 2, 17))
Step 'p1: t1 = acquire s1 5000+20' '5000+20' ([PortresTrace]::Acquire('s1', 5000, 20, 't1'))
Step 'p1: release s1 t1' 'ok' ([PortresTrace]::Release('s1', 't1'))
Step 'p1: closesocket s1' 'ok' ([PortresTrace]::CloseSocket('s1'))
Step 'p1: cleanup' 'ok' ([PortresTrace]::Finish())

"$steps calls, $differences answered otherwise than recorded"
exit [int]($differences -ne 0)
