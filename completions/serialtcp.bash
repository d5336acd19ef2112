# bash completion of serialtcp.
# Made from the option table by option_documents. Do not edit: change src/cli/option_table.cpp or tools/.
#
# Bash splits words at ':' and '=', and replaces only the last part. So the word that is being written is taken from the
# line: `prefix` is what is done of it ("web=unix:"), and `value` the rest. `kept` is what bash keeps of it.

_serialtcp_add() {
  local whole=$prefix$1
  COMPREPLY+=("${whole#"$kept"}")
}

_serialtcp_words() {
  local word
  for word in "$@"; do
    [[ $word != "$value"* ]] || _serialtcp_add "$word"
  done
}

_serialtcp_files() {
  local path
  while IFS= read -r path; do
    _serialtcp_add "$path"
  done < <(compgen -f -- "$value")
  compopt -o filenames 2>/dev/null
}

_serialtcp_devices() {
  local path paths=()
  for path in /dev/serial/by-id/* /dev/ttyUSB* /dev/ttyACM* /dev/ttyS*; do
    [[ -e $path ]] && paths+=("$path")
  done
  _serialtcp_words "${paths[@]}" socket:// telnet:// rfc2217:// unix: listen: exec: exec,pty: stdio: hwgrep:// spy:// alt:// loop://
  if [[ ${#COMPREPLY[@]} -eq 0 && -n $value ]]; then
    _serialtcp_files
  elif [[ ${COMPREPLY[0]-} == *// || ${COMPREPLY[0]-} == *: ]]; then
    compopt -o nospace 2>/dev/null
  fi
}

_serialtcp_speeds() {
  _serialtcp_words auto 9600 19200 38400 57600 115200 230400 460800 921600 1000000 3000000
}

# The names of the services that the configuration file has, as in "web=".
_serialtcp_names() {
  [[ -r /etc/serialtcp.toml ]] || return
  grep -E '^[[:space:]]*(server|client)[[:space:]]*=' /etc/serialtcp.toml | grep -oE "[\"'][A-Za-z0-9._-]+=" | tr -d "\"'" |
    sort -u
}

# [NAME=]WHERE, as far as it can be guessed: names, the kinds of places ($@), and paths of unix sockets.
_serialtcp_places() {
  local names
  if [[ $value =~ ^[A-Za-z0-9._-]+= ]]; then
    prefix+=${BASH_REMATCH[0]} value=${value#"${BASH_REMATCH[0]}"}
  else
    mapfile -t names < <(_serialtcp_names)
    _serialtcp_words "${names[@]}"
  fi
  if [[ $value == unix:* || $value == serial:* || $value == pty:* ]]; then
    prefix+=${value%%:*}: value=${value#*:}
    _serialtcp_files
  else
    _serialtcp_words "$@"
    compopt -o nospace 2>/dev/null
  fi
}

_serialtcp_value_of() {
  case $1 in
    -s | --server) _serialtcp_places unix: udp: fd: pty: ip: ;;
    -c | --client) _serialtcp_places unix: udp: exec: serial: ip: ;;
    -L | --local-forward) : ;;
    -R | --remote-forward) : ;;
    -D | --dynamic-forward) : ;;
    --allow) : ;;
    --allow-listen) : ;;
    --parity) _serialtcp_words N E O S M ;;
    --stopbits) _serialtcp_words 1 1.5 2 ;;
    --rts) _serialtcp_words 0 1 ;;
    --dtr) _serialtcp_words 0 1 ;;
    --rs485) _serialtcp_words rts-on-send rts-after-send delay-before= delay-after= rx-during-tx ;;
    --climb) _serialtcp_words off ;;
    --timeout) : ;;
    --sync-timeout) : ;;
    --hold) _serialtcp_words never ;;
    --drain) : ;;
    --protocol) _serialtcp_words auto 2 original ;;
    --clean) _serialtcp_words auto 8bit escape 7bit ;;
    --key) _serialtcp_files ;;
    --config) _serialtcp_files ;;
    --check-config) _serialtcp_files ;;
    --log) _serialtcp_files ;;
    --log-format) _serialtcp_words text json journal original ;;
    --ready) _serialtcp_words listening link ;;
    --login) : ;;
    --password-file) _serialtcp_files ;;
    --save) : ;;
    --as) : ;;
    --boards) _serialtcp_files ;;
    --transcript) _serialtcp_files ;;
    --control) _serialtcp_files ;;
    --http) : ;;
    *) return 1 ;;
  esac
}

# Sets `words`: the whole words of the command line up to the cursor, the last of which is being written.
_serialtcp_split() {
  local line=${COMP_LINE:0:COMP_POINT}
  read -ra words <<<"$line"
  [[ $line != *[[:space:]] ]] || words+=('')
}

_serialtcp() {
  local words value prefix='' kept='' breaks='' i position=0 with_file=''
  local valued=' -s --server -c --client -L --local-forward -R --remote-forward -D --dynamic-forward --allow --allow-listen --parity --stopbits --rts --dtr --timeout --sync-timeout --hold --drain --protocol --clean --key --config --check-config --log --log-format --ready --login --password-file --save --as --boards --transcript --control --http '
  COMPREPLY=()
  _serialtcp_split
  value=${words[-1]}
  [[ $COMP_WORDBREAKS != *:* ]] || breaks+=:
  [[ $COMP_WORDBREAKS != *=* ]] || breaks+='='
  [[ -z $breaks || ! $value =~ ^.*["$breaks"] ]] || kept=${BASH_REMATCH[0]}
  if [[ ${#words[@]} -gt 2 && ${words[1]} == keygen ]]; then
    _serialtcp_files
    return
  elif [[ ${#words[@]} -gt 2 && ${words[1]} == cable ]]; then
    if [[ $value == -* ]]; then
      _serialtcp_words --baud --ber --drop --insert --duplicate --zero --burst --stall --latency --quantum --lumps --wake --map --eat --strip8 --xonxoff --echo --cooked --half-duplex --air-rate --turn-round --air-quantum --modem-buffer --modem-full --clock-a --clock-b --speeds-a --speeds-b --limit --fifo --output-a --output-b --ground --flow-wires --seed --help
    else
      _serialtcp_files
    fi
    return
  elif [[ ${#words[@]} -gt 2 && ${words[1]} == share ]]; then
    if [[ $value == -* ]]; then
      _serialtcp_words --raw --telnet --rfc2217 --unix --pty --localport --client --writers --max --banner --log --log-written --timestamp --log-size --log-count --reset --reset-on --bytesize --parity --stopbits --rtscts --xonxoff --rts --dtr --rs485 --quiet --develop --help
    elif [[ ${#words[@]} -eq 3 ]]; then
      _serialtcp_devices
    elif [[ ${words[-2]} == --unix ]]; then
      _serialtcp_files
    fi
    return
  elif [[ ${#words[@]} -gt 2 && ${words[1]} == console ]]; then
    if [[ $value == -* ]]; then
      _serialtcp_words --read-only --log --log-size --log-count --timestamp --for --expect --timeout --escape --control --no-wait --bytesize --parity --stopbits --rtscts --xonxoff --rts --dtr --rs485 --help
    elif [[ ${words[-2]} == --log ]]; then
      _serialtcp_files
    elif [[ ${#words[@]} -eq 3 ]]; then
      _serialtcp_devices
    elif [[ ${#words[@]} -eq 4 ]]; then
      _serialtcp_speeds
    fi
    return
  elif [[ ${#words[@]} -gt 2 && ${words[1]} == net ]]; then
    if [[ $value == -* ]]; then
      _serialtcp_words --auto --ppp --slip --cslip --modem --allow --local-forward --net --dns --login --noauth --tun --parity --stopbits --rtscts --xonxoff --quiet --develop --help
    else
      _serialtcp_devices
    fi
  elif [[ ${#words[@]} -gt 2 && ${words[1]} == test ]]; then
    if [[ $value == -* ]]; then
      _serialtcp_words --loopback --rungs --fix --for --json --key --parity --stopbits --rtscts --xonxoff --help
    elif [[ ${words[-2]} == --key ]]; then
      _serialtcp_files
    elif [[ ${#words[@]} -eq 3 ]]; then
      _serialtcp_devices
    elif [[ ${#words[@]} -eq 4 ]]; then
      _serialtcp_speeds
    fi
    return
  elif [[ ${#words[@]} -gt 2 && " ports status top close reload log " == *" ${words[1]} "* ]]; then
    if [[ ${words[-2]} == --control ]]; then
      _serialtcp_files
    elif [[ ${words[1]} == ports ]]; then
      _serialtcp_words --json --help
    elif [[ ${words[1]} == status ]]; then
      _serialtcp_words --json --control --help
    elif [[ ${words[1]} == reload ]]; then
      _serialtcp_words --control --pid --help
    elif [[ ${words[1]} == top ]]; then
      _serialtcp_words -d -n -b --control --help
    elif [[ ${words[1]} == log && $value != -* ]]; then
      _serialtcp_words warning info verbose debug
    else
      _serialtcp_words --control --help
    fi
    return
  elif [[ ${#words[@]} -gt 2 && ${words[1]} == shell ]]; then
    if [[ ${words[-2]} == --control || ${words[-2]} == --key ]]; then
      _serialtcp_files
    elif [[ ${words[-2]} == -b ]]; then
      _serialtcp_speeds
    elif [[ $value == -* ]]; then
      _serialtcp_words -t -T -n -b --key --control --help
    elif [[ ${#words[@]} -eq 3 ]]; then
      _serialtcp_devices
    fi
    return
  elif [[ ${#words[@]} -gt 2 && ${words[1]} == cp ]]; then
    if [[ ${words[-2]} == -b ]]; then
      _serialtcp_speeds
    elif [[ $value == -* ]]; then
      _serialtcp_words -r -q -b --key --hold --login --password-file --boards --control --help
    else
      _serialtcp_files
    fi
    return
  elif [[ ${#words[@]} -gt 2 && ${words[1]} == connect ]]; then
    if [[ ${words[-2]} == --link ]]; then
      return
    elif [[ ${#words[@]} -eq 3 ]]; then
      _serialtcp_words --link --control --help
      return
    elif [[ $value == -* ]]; then
      _serialtcp_words --link --server --client --local-forward --remote-forward --dynamic-forward --allow --allow-listen --allow-shell --ipv4 --ipv6 --parity --stopbits --rtscts --xonxoff --rts --dtr --rs485 --climb --timeout --sync-timeout --once --hold --drain --no-queue --no-wait --protocol --hello-at-prompt --no-compression --half-duplex --clean --key --strict --config --check-config --strict-start --log --log-format --verbose --quiet --debug --ready --login --password-file --save --as --upgrade --boards --transcript --control --no-control --http --version --help
      return
    fi
    words=("${words[0]}" connect "${words[@]:3}")
    position=-1
  fi
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    [[ ${words[i]} != --config* ]] || with_file=yes
    if [[ $valued == *" ${words[i]} "* ]]; then
      ((i++))
    elif [[ ${words[i]} != -* ]]; then
      ((position++))
    fi
  done
  if [[ $value == --*=* ]]; then
    prefix=${value%%=*}= value=${value#*=}
    _serialtcp_value_of "${prefix%=}"
  elif [[ $valued == *" ${words[-2]} "* ]]; then
    _serialtcp_value_of "${words[-2]}"
  elif [[ $value == -* && -n $with_file ]]; then
    _serialtcp_words --config --strict-start --log --log-format --verbose --quiet --debug --ready --control --no-control --http
  elif [[ $value == -* ]]; then
    _serialtcp_words --server --client --local-forward --remote-forward --dynamic-forward --allow --allow-listen --allow-shell --ipv4 --ipv6 --parity --stopbits --rtscts --xonxoff --rts --dtr --rs485 --climb --timeout --sync-timeout --once --hold --drain --no-queue --no-wait --protocol --hello-at-prompt --no-compression --half-duplex --clean --key --strict --config --check-config --strict-start --log --log-format --verbose --quiet --debug --ready --login --password-file --save --as --upgrade --boards --transcript --control --no-control --http --version --help
  elif [[ -n $with_file ]]; then
    return
  elif [[ $position -eq 0 ]]; then
    [[ ${#words[@]} -ne 2 ]] || _serialtcp_words keygen cable share console install getty net ports test status top close connect shell cp reload log version
    _serialtcp_devices
  elif [[ $position -eq 1 ]]; then
    _serialtcp_speeds
  fi
}

complete -F _serialtcp serialtcp
