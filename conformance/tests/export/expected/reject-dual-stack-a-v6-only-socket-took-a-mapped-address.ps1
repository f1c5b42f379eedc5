# Makes the calls of a trace and compares what Windows answers.
# 4 calls are made, 0 are not: each stands below, with the reason.
# The machine must be as the trace has it. Ports that the system chooses differ from run to run.
#
#   powershell -NoProfile -ExecutionPolicy Bypass -File trace.ps1
#   pwsh -NoProfile -File trace.ps1
# PowerShell itself may have started Winsock: then calls before WSAStartup and after WSACleanup are answered otherwise.
#
# portres trace 1
# title A v4-mapped address on a v6-only socket fails
# source OPT-13
# world closed
# expect diverges 2 bind.mapped-on-v6only

…

$null = [PortresTrace]::Start(2, 2, $false)
Step 'p1: s1 = socket tcp v6' 'ok' ([PortresTrace]::OpenSocket('s1', 23, 1, 6))
Step 'p1: bind s1 [::ffff:127.0.0.1]:5000' '5000' ([PortresTrace]::BindTo('s1', '::ffff:127.0.0.1', 5000, 0))
Step 'p1: listen s1' 'ok' ([PortresTrace]::ListenOn('s1'))
Step 'p1: closesocket s1' 'ok' ([PortresTrace]::CloseSocket('s1'))

"$steps calls, $differences answered otherwise than recorded"
exit [int]($differences -ne 0)
