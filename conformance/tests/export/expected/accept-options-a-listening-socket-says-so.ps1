# Makes the calls of a trace and compares what Windows answers.
# 7 calls are made, 0 are not: each stands below, with the reason.
# The machine must be as the trace has it. Ports that the system chooses differ from run to run.
#
#   powershell -NoProfile -ExecutionPolicy Bypass -File trace.ps1
#   pwsh -NoProfile -File trace.ps1
# PowerShell itself may have started Winsock: then calls before WSAStartup and after WSACleanup are answered otherwise.
#
# portres trace 1
# title SO_ACCEPTCONN tells whether a socket listens, and cannot be set
# source Wine suite test_listen
# world closed

…

$null = [PortresTrace]::Start(2, 2, $false)
Step 'p1: s1 = socket tcp v4' 'ok' ([PortresTrace]::OpenSocket('s1', 2, 1, 6))
Step 'p1: bind s1 127.0.0.1:9374' '9374' ([PortresTrace]::BindTo('s1', '127.0.0.1', 9374, 0))
Step 'p1: getsockopt s1 SO_ACCEPTCONN' '0' ([PortresTrace]::GetOption('s1', 65535, 2, $false))
Step 'p1: setsockopt s1 SO_ACCEPTCONN 1' 'error 10042' ([PortresTrace]::SetOption('s1', 65535, 2, 1))
Step 'p1: listen s1' 'ok' ([PortresTrace]::ListenOn('s1'))
Step 'p1: getsockopt s1 SO_ACCEPTCONN' '1' ([PortresTrace]::GetOption('s1', 65535, 2, $false))
Step 'p1: setsockopt s1 SO_ACCEPTCONN 0' 'error 10042' ([PortresTrace]::SetOption('s1', 65535, 2, 0))

"$steps calls, $differences answered otherwise than recorded"
exit [int]($differences -ne 0)
