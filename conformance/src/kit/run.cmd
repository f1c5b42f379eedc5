@echo off
rem Records what this machine answers to portres's scripts. README.txt says what that does.
rem
rem   run.cmd          asks where there is something to ask, and waits for a key at the end
rem   run.cmd yes      as an administrator: reserve ports for a moment, and undo it
rem   run.cmd no       change nothing that lasts

setlocal
pushd "%~dp0"
if not exist portres.exe goto packed
if not exist scripts\ goto packed

set CHANGE=
set ANSWER=%~1
rem this key is open to administrators alone
reg query HKU\S-1-5-19 >nul 2>&1
if errorlevel 1 goto standard

echo You run this as an administrator. Some scripts reserve blocks of ports that last until they are
echo deleted, and delete them again at the end, also if you press Ctrl-C. README.txt tells more.
if "%ANSWER%"=="" set /p ANSWER="Type yes to allow that, or press Enter to leave it out: "
if /i "%ANSWER%"=="yes" set CHANGE=--change-this-machine
goto record

:standard
echo You do not run this as an administrator. Nothing that lasts is changed, and what needs an
echo administrator is left out.

:record
if exist {result} del {result}
portres.exe cleanup
if errorlevel 1 goto failed
portres.exe kit --record scripts %CHANGE% -o {result}
if not exist {result} goto failed
echo.
portres.exe kit --read {result}
echo.
echo The traces are in the file {result} beside run.cmd.
echo It is text, without the names of users, of this machine or of folders: look through it, and send
echo it to whoever gave you this kit.
set CODE=0
goto end

:packed
echo Unpack the whole archive first ("Extract all" in its menu), and start run.cmd in the new folder.
set CODE=2
goto end

:failed
echo.
echo Nothing was recorded; the reason stands above. portres.exe cleanup undoes what may be left behind.
set CODE=2

:end
popd
if "%~1"=="" pause
exit /b %CODE%
