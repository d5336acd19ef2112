#include "install/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>

#include "install/digests.h"
#include "os/file_text.h"

namespace serialtcp::install {

namespace {

constexpr std::array kArchitectures = {"x86_64", "aarch64", "armhf",   "armel", "i386",
                                       "mips",   "mipsel",  "riscv64", "s390x"};
constexpr std::array kFolders = {"/dev/shm", "/run", "/tmp", "/var/tmp", "$HOME"};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const auto line : text | std::views::split('\n')) lines.emplace_back(line.begin(), line.end());
  return lines;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Those in `names` that the shell finds, as "+name" in lines.
Task<> find_tools(Shell& shell, Board& board, std::string names) {
  const std::string command =
      fmt::format("for t in {};do command -v $t >/dev/null 2>&1&&echo +$t;done", names);
  const Shell::Result found = co_await shell.run(command);
  for (const std::string& line : lines_of(found.output)) {
    if (line.starts_with('+')) board.tools[line.substr(1)] = line.substr(1);
  }
}

/// Those that only busybox has.
Task<> find_applets(Shell& shell, Board& board, std::string names) {
  const std::string command =
      fmt::format("for t in {};do /bin/busybox $t --help >/dev/null 2>&1&&echo +$t;done", names);
  const Shell::Result found = co_await shell.run(command);
  for (const std::string& line : lines_of(found.output)) {
    if (line.starts_with('+') && !board.has(line.substr(1)))
      board.tools[line.substr(1)] = "/bin/busybox " + line.substr(1);
  }
}

/// A tool whose output is not as expected is none.
Task<> try_tool(Shell& shell, Board& board, std::string name, std::string command, std::string expected) {
  if (!board.has(name)) co_return;
  const std::string line = fmt::format(fmt::runtime(command), board.tool(name));
  const Shell::Result result = co_await shell.run(line);
  if (!result.output.starts_with(expected)) board.tools.erase(name);
}

Task<> try_tools(Shell& shell, Board& board) {
  const std::string text = "hi\n";
  const ByteView bytes(reinterpret_cast<const Byte*>(text.data()), text.size());
  const std::string cksum = cksum_of(bytes);
  const std::string md5 = md5_of(bytes);
  const std::string sha256 = sha256_of(bytes);
  co_await try_tool(shell, board, "head", "echo abcd|{} -c 2", "ab");
  co_await try_tool(shell, board, "dd", "echo abcd|{} bs=1 count=2 2>/dev/null", "ab");
  co_await try_tool(shell, board, "base64", "echo aGk=|{} -d", "hi");
  co_await try_tool(shell, board, "cksum", "echo hi|{}", cksum);
  if (board.has("cksum")) co_return;
  co_await try_tool(shell, board, "md5sum", "echo hi|{}", md5);
  if (board.has("md5sum")) co_return;
  co_await try_tool(shell, board, "sha256sum", "echo hi|{}", sha256);
}

Task<> find_architecture(Shell& shell, Board& board) {
  const Shell::Result machine = co_await shell.run("uname -m 2>/dev/null||/bin/busybox uname -m");
  board.machine = machine.output;
  std::string order;
  std::string features;
  if (board.machine.starts_with("mips")) {
    const Shell::Result read = co_await shell.run(
        "IFS= read -r x </proc/$$/exe;case $x in ?ELF?$(printf '\\2')*)echo be;;*)echo le;;esac");
    order = read.output;
  }
  if (board.machine.starts_with("arm")) {
    const Shell::Result read = co_await shell.run(
        "while read -r x;do case $x in Features*)echo \"$x\";break;;esac;done </proc/cpuinfo");
    features = read.output;
  }
  board.arch = architecture(board.machine, order, features);
}

/// Kernel messages would be in the way of everything that follows.
Task<> quiet_kernel(Shell& shell, Board& board) {
  const Shell::Result level = co_await shell.run("read -r x y </proc/sys/kernel/printk&&echo $x");
  if (!level.ok() || level.output.empty() || !std::ranges::all_of(level.output, is_digit)) co_return;
  board.printk = level.output;  // before: whoever gives up now sets it again
  const Shell::Result set = co_await shell.run("echo 1 2>/dev/null >/proc/sys/kernel/printk");
  if (!set.ok()) board.printk.clear();
}

struct Mount {
  std::string at;
  std::string type;
};

bool in_memory(const std::vector<Mount>& mounts, const std::string& folder) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    const bool holds = mount.at == "/" || folder == mount.at || folder.starts_with(mount.at + "/");
    if (holds && (best == nullptr || mount.at.size() >= best->at.size())) best = &mount;
  }
  return best != nullptr && (best->type == "tmpfs" || best->type == "ramfs" || best->type == "rootfs" ||
                             best->type == "devtmpfs");
}

Task<std::vector<Mount>> find_mounts(Shell& shell) {
  const Shell::Result read = co_await shell.run(
      "while read -r a b c d;do case $b in /|/dev|/dev/shm|/run|/tmp|/var|/var/tmp|/home*|/root)"
      "echo \"=$b $c\";;esac;done </proc/mounts");
  std::vector<Mount> mounts;
  for (const std::string& line : lines_of(read.output)) {
    std::string_view rest = line;
    const std::string_view at = io::take_word(rest);
    if (at.starts_with('=')) mounts.push_back({std::string(at.substr(1)), std::string(io::take_word(rest))});
  }
  co_return mounts;
}

}  // namespace

std::string known_architectures() {
  std::string text;
  for (const char* const name : kArchitectures) text += fmt::format("{}{}", text.empty() ? "" : " ", name);
  return text;
}

std::string architecture(std::string_view machine, std::string_view order, std::string_view features) {
  if (machine == "amd64") return "x86_64";
  if (machine == "arm64") return "aarch64";
  if (machine.size() == 4 && machine[0] == 'i' && machine.ends_with("86")) return "i386";
  if (machine.starts_with("mips")) return order == "le" ? "mipsel" : order == "be" ? "mips" : "";
  if (machine.starts_with("arm")) {
    const bool seven = machine.starts_with("armv7") || machine.starts_with("armv8");
    const bool big = machine.ends_with('b');
    if (big) return "";
    return seven && features.find("vfpv3") != std::string_view::npos ? "armhf" : "armel";
  }
  const auto same = std::ranges::find(kArchitectures, machine);
  return same != kArchitectures.end() ? *same : "";
}

Task<> look_at_board(Shell& shell, Board& board) {
  const std::string settings = "S=$(stty -g 2>/dev/null)&&echo \"$S\"";
  Shell::Result terminal = co_await shell.run(settings);
  if (!terminal.ok()) {
    co_await shell.run("stty(){ /bin/busybox stty \"$@\";}");
    terminal = co_await shell.run(settings);
  }
  if (terminal.ok() && terminal.output.find(':') != std::string::npos) {
    board.tools["stty"] = "stty";
    shell.terminal_is_known();
  }
  co_await quiet_kernel(shell, board);
  co_await find_architecture(shell, board);
}

Task<> find_places(Shell& shell, Board& board) {
  const std::string one = "cat chmod rm mv base64 head dd";
  const std::string two = "cksum md5sum sha256sum gzip xz printf";
  co_await find_tools(shell, board, one);
  co_await find_tools(shell, board, two);
  co_await find_applets(shell, board, one);
  co_await find_applets(shell, board, two);
  co_await try_tools(shell, board);
  if (!board.has("chmod"))
    throw Failure(
        Failure::Kind::cannot,
        "the shell at the other end has no chmod, so that no program can be started that is brought there");
  const std::vector<Mount> mounts = co_await find_mounts(shell);
  for (const char* const folder : kFolders) {
    const std::string command =
        fmt::format("f={}/.serialtcp.t;echo 'echo O\"\"K $PWD'>$f&&{} 755 $f&&(cd {};$f);{} -f $f", folder,
                    board.tool("chmod"), folder, board.has("rm") ? board.tool("rm") : "rm");
    const Shell::Result result = co_await shell.run(command);
    const std::size_t ok = result.output.find("OK /");
    if (ok == std::string::npos) {
      board.why_no_place +=
          fmt::format("{}{}: {}", board.why_no_place.empty() ? "" : "; ", folder, last_words(result.output));
      continue;
    }
    std::string path = result.output.substr(ok + 3);
    path.resize(std::min(path.find('\n'), path.size()));
    if (std::ranges::find(board.places, path, &Place::folder) != board.places.end()) continue;
    board.places.push_back({path, in_memory(mounts, path)});
  }
  std::vector<Place> places;
  for (const bool in_memory : {true, false})
    std::ranges::copy_if(board.places, std::back_inserter(places),
                         [in_memory](const Place& place) { return place.in_memory == in_memory; });
  board.places = std::move(places);
}

}  // namespace serialtcp::install
