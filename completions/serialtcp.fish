# fish completion of serialtcp.
# Made from the option table by option_documents. Do not edit: change src/cli/option_table.cpp or tools/.

function __serialtcp_devices
    for path in /dev/serial/by-id/* /dev/ttyUSB* /dev/ttyACM* /dev/ttyS*
        echo $path
    end
    for kind in socket telnet rfc2217 hwgrep spy alt loop
        echo $kind://
    end
end

# The names of the services that the configuration file has, as in "web=".
function __serialtcp_names
    test -r /etc/serialtcp.toml; or return
    string match -r '^\s*(?:server|client)\s*=.*' </etc/serialtcp.toml | string match -ar '["\'][A-Za-z0-9._-]+=' | string trim -c '"\'' | sort -u
end

complete -c serialtcp -n '__fish_use_subcommand' -a keygen -d 'make a key'
complete -c serialtcp -n '__fish_use_subcommand' -a version -d 'print versions'
complete -c serialtcp -n '__fish_use_subcommand' -a cable -d 'emulate a cable'
complete -c serialtcp -n '__fish_use_subcommand' -a ports -d 'list the serial ports'
complete -c serialtcp -n '__fish_use_subcommand' -a status -d 'show links and connections'
complete -c serialtcp -n '__fish_use_subcommand' -a top -d 'show them on the whole screen'
complete -c serialtcp -n '__fish_use_subcommand' -a close -d 'reset a connection'
complete -c serialtcp -n '__fish_use_subcommand' -a reload -d 'read the configuration file again'
complete -c serialtcp -n '__fish_seen_subcommand_from status top close reload log' -l control -r -F -d 'ask the process that listens there'
complete -c serialtcp -n '__fish_use_subcommand' -a log -d 'log more or less'
complete -c serialtcp -n '__fish_seen_subcommand_from log' -x -a 'warning info verbose debug'
complete -c serialtcp -n '__fish_seen_subcommand_from ports status' -l json -d 'print one line of JSON'
complete -c serialtcp -n '__fish_seen_subcommand_from top' -s d -x -d 'ask so often, in seconds'
complete -c serialtcp -n '__fish_seen_subcommand_from top' -s n -x -d 'end after so many times'
complete -c serialtcp -n '__fish_seen_subcommand_from top' -s b -d 'print lines, for files and other programs'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -a '(__serialtcp_devices)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s s -l server -x -a '(__serialtcp_names) unix: udp: fd:' -d 'listen on [udp:][ADDRESS:]PORT, unix:PATH, fd:NAME'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s c -l client -x -a '(__serialtcp_names) unix: udp: exec:' -d 'connect to [udp:]HOST:PORT, unix:PATH, exec:COMMAND'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s L -l local-forward -x -d 'listen here, as ssh -L'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s R -l remote-forward -x -d 'from there, as ssh -R'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s D -l dynamic-forward -x -d 'SOCKS server and HTTP proxy'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l allow -x -d 'what -L and -D there may reach: 10.0.0.0/8:1-1024'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l allow-listen -x -d 'where -R there may have this end listen'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s 4 -l ipv4 -d 'only addresses of this kind (default: both)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s 6 -l ipv6 -d 'only addresses of this kind (default: both)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l parity -x -a 'N E O S M' -d 'none, even, odd, space or mark (default: N)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l stopbits -x -a '1 1.5 2' -d 'stop bits (default: 1)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l rtscts -d 'hardware flow control'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l xonxoff -d 'software flow control; data is not encoded for it'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l rts -x -a '0 1' -d 'set this pin when the port is opened'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l dtr -x -a '0 1' -d 'set this pin when the port is opened'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l timeout -x -d 'for connecting to a target (default: 10)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l sync-timeout -x -d 'exit with status 2 after this time without a link'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l hold -x -a 'never' -d 'keep connections while the line is away (300)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l drain -x -d 'time to deliver data before the exit (default: 10)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l no-queue -d 'refuse clients while there is no link'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l no-wait -d 'exit if SERIALPORT is not there at the start'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l protocol -x -a 'auto 2 original' -d 'what to speak (default: auto, as the other end)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l hello-at-prompt -d 'send also where a login or shell prompt is heard'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l no-compression -d 'disable compression in both directions'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l half-duplex -d 'the ends take turns (radio modem, two-wire RS-485)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l key -r -F -d 'encrypt the link with the key that both ends have'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l strict -d 'refuse a key file that others can read or change'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l config -r -F -d 'run all cables of FILE; SIGHUP reads it again'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l check-config -r -F -d 'print what is wrong with FILE, and exit'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l strict-start -d 'exit if a link of FILE cannot start'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l log -r -F -d 'write the log to FILE (default: standard error)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l log-format -x -a 'text json journal original' -d 'how the log looks (default: text)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s v -l verbose -d 'log more, or only what is wrong'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s q -l quiet -d 'log more, or only what is wrong'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l debug -d 'log everything that is received from the line'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l ready -x -a 'listening link' -d 'when systemd counts it as started (listening)'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l control -r -F -d 'the socket for serialtcp status: PATH, or none'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l no-control -d 'the socket for serialtcp status: PATH, or none'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l http -x -d 'the status by HTTP, on localhost unless told'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -l version -d 'print the version, or this'
complete -c serialtcp -n 'not __fish_seen_subcommand_from cable keygen ports status top close reload log version' -s h -l help -d 'print the version, or this'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l baud -x -d 'speed of both ends, 0 for no limit; default: each end runs at what is set on it'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l ber -x -d 'probability of each bit to arrive flipped'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l drop -x -d 'probability of each byte to be lost'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l insert -x -d 'probability of a random byte after each byte'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l duplicate -x -d 'probability of each byte to arrive twice'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l zero -x -d 'probability of each byte to arrive as 0x00'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l burst -x -d 'probability of LENGTH random bytes to begin at each byte'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l stall -x -d 'probability of the sender to stop for MS milliseconds before each byte'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l latency -x -d 'milliseconds that each byte travels'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l quantum -x -d 'arrivals wait for the next multiple of this many milliseconds'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l lumps -x -d 'bytes are handed on together, MS milliseconds after the first of them, a time that varies by up to SHARE (0 to 1) of it, or as soon as there are BYTES of them'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l wake -x -d 'the first BYTES bytes after MS milliseconds of silence are lost'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l map -x -d 'what arrives instead of a byte, as HEX=HEX[,HEX=HEX...]: 13= loses it, ff=ffff doubles it; strip sets the highest bit of all to 0; none'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l half-duplex -x -d 'both directions share one medium: radio, rs485 (the sender hears nothing), rs485-echo (it hears itself), off'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l air-rate -x -d 'of a radio: bytes per second that the air carries, both directions together (default 2000)'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l turn-round -x -d 'milliseconds that a change of direction takes (default 30)'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l air-quantum -x -d 'of a radio: bytes that one end sends while the other one waits (default 512)'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l modem-buffer -x -d 'of a radio: bytes that a modem holds (default 1024)'
complete -c serialtcp -n '__fish_seen_subcommand_from cable' -l modem-full -x -d 'of a radio: a full modem drops what does not fit (default), or holds its sender back by flow control'
