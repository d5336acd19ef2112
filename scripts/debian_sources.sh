# Fetches source packages of Debian 12. For scripts that have `fail TEXT...`, which ends them.

# Where they come from: SERIALTCP_DEBIAN, or the mirror of this machine.
mirror() {
  local found
  found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' 'Origin: Debian' 2>/dev/null | head -1)
  printf '%s\n' "${SERIALTCP_DEBIAN:-${found:-http://deb.debian.org/debian/}}"
}

# fetch_debian_sources FOLDER PACKAGE...: each is in FOLDER/PACKAGE then.
fetch_debian_sources() {
  local folder=$1 from own name
  shift
  from=$(mirror)
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" 2>/dev/null && [[ -w $folder ]] ||
    fail "the sources cannot be kept in $folder, which is read-only or not yours: set SERIALTCP_BOARD_SOURCES to another folder"
  # A list of its own: this machine's may have no deb-src, and stays as it is.
  printf 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s bookworm main\n' "$from" >"$folder/apt/sources.list"
  own=(-q -o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$folder/apt/lists"
       -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User= -o APT::Update::Error-Mode=any)
  (cd "$folder" && apt-get "${own[@]}" update && apt-get "${own[@]}" source "$@") >"$folder/log" 2>&1 || {
    grep -E '^[EW]:' "$folder/log" >&2 || tail -5 "$folder/log" >&2
    fail "Debian's source packages could not be fetched from $from: is the network up, and has it deb-src for bookworm?" \
      'SERIALTCP_DEBIAN=URL names another mirror'
  }
  for name; do mv "$folder/$name"-*/ "$folder/$name"; done
}
