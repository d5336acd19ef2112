#include "install/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "install/digests.h"
#include "os/file_text.h"

namespace serialtcp::install {

namespace {

constexpr std::array kArchitectures = {"x86_64", "aarch64", "armhf",   "armel", "i386",
                                       "mips",   "mipsel",  "riscv64", "s390x"};

constexpr int kMostLooks = 3;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const auto line : text | std::views::split('\n')) lines.emplace_back(line.begin(), line.end());
  return lines;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Those in `names` that the shell finds, as "+name" in lines.
Task<> find_programs(Shell& shell, Board& board, std::string names) {
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

/// By the header of the shell's own program (elf(5)), which `read` gives without its zeros: after the magic number, its
/// class and byte order, 1, perhaps an ABI (3 is Linux), the type (2 or 3), the machine, 1. What uname would say.
Task<> read_machine(Shell& shell, Board& board) {
  struct Machine {
    std::string_view number;  ///< as printf takes it, octal
    const char* name;
  };
  constexpr std::array kMachines = {
      Machine{"3", "i686"},    Machine{"10", "mips"},     Machine{"26", "s390x"},   Machine{"50", "armv7l"},
      Machine{"76", "x86_64"}, Machine{"267", "aarch64"}, Machine{"363", "riscv64"}};
  const std::string decode = board.has("printf") ? "printf \"\\\\$1\"" : "echo -ne \"\\\\0$1\"";
  const std::string function = fmt::format("o(){{ {};}};a=$(o 1);c=$(o 3);t=[$(o 2)$c]", decode);
  co_await shell.run(function);
  co_await shell.run("IFS= read -r x </proc/$$/exe");
  const Shell::Result found = co_await shell.run(
      "for m in 3 10 26 50 76 267 363;do M=$(o $m);case $x in "
      "?ELF??$a$t\"$M\"$a*|?ELF??$a$c$t\"$M\"$a*)echo =$m;;esac;done");
  for (const Machine& machine : kMachines) {
    if (found.output == fmt::format("={}", machine.number)) board.machine = machine.name;
  }
  const Shell::Result wide = co_await shell.run("case $x in ?ELF$a*)echo 32;;esac");
  if (wide.output == "32" &&
      (board.machine == "s390x" || board.machine == "riscv64" || board.machine == "x86_64"))
    board.machine.clear();
}

/// By the shell's own program.
Task<std::string> byte_order(Shell& shell, const Board& board) {
  const std::string command =
      fmt::format("IFS= read -r x </proc/$$/exe;case $x in ?ELF?$({} '\\{}2')*)echo be;;*)echo le;;esac",
                  board.has("printf") ? "printf" : "echo -ne", board.has("printf") ? "" : "0");
  const Shell::Result read = co_await shell.run(command);
  co_return read.output;
}

Task<> find_architecture(Shell& shell, Board& board) {
  co_await find_programs(shell, board, "printf");
  const Shell::Result machine = co_await shell.run("uname -m 2>/dev/null||/bin/busybox uname -m 2>/dev/null");
  board.machine = machine.output;
  if (!machine.ok()) {
    board.machine.clear();
    co_await read_machine(shell, board);
  }
  std::string order;
  std::string features;
  if (board.machine.starts_with("mips")) order = co_await byte_order(shell, board);
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

/// Of a line with a path that needs no quotes; empty if there is none.
std::string path_after(std::string_view mark, std::string_view output) {
  constexpr std::string_view kPlain = "/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";
  const std::size_t at = output.find(mark);
  if (at == std::string_view::npos) return {};
  output.remove_prefix(at + mark.size() - 1);
  const std::string_view path = output.substr(0, output.find('\n'));
  return path.find_first_not_of(kPlain) == std::string_view::npos ? std::string(path) : "";
}

/// Those in memory go before the others.
void add_place(std::vector<Place>& places, const std::vector<Mount>& mounts, const std::string& path) {
  if (std::ranges::find(places, path, &Place::folder) != places.end()) return;
  const Place place{path, in_memory(mounts, path)};
  places.insert(place.in_memory ? std::ranges::find(places, false, &Place::in_memory) : places.end(), place);
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
    board.knows_terminal = true;
    shell.terminal_is_known();
  }
  co_await quiet_kernel(shell, board);
  // A damaged command is one that finds nothing.
  for (int tries = 0; tries < kMostLooks && board.arch.empty(); ++tries)
    co_await find_architecture(shell, board);
}

Task<> find_tools(Shell& shell, Board& board) {
  const std::string one = "cat chmod rm mv base64 head dd";
  const std::string two = "cksum md5sum sha256sum gzip xz printf";
  co_await find_programs(shell, board, one);
  co_await find_programs(shell, board, two);
  co_await find_applets(shell, board, one);
  co_await find_applets(shell, board, two);
  co_await try_tools(shell, board);
}

Task<> find_places(Shell& shell, Board& board) {
  const std::vector<Mount> mounts = co_await find_mounts(shell);
  for (const char* const folder : kFolders) {
    // Not $f: if the assignment is lost, the rest would write over the loader.
    const std::string command = fmt::format(
        "t={}/.serialtcp.t;echo 'echo O\"\"K $PWD'>$t&&{} 755 $t&&(cd {};echo W $PWD;$t);{} -f $t", folder,
        board.tool("chmod"), folder, board.has("rm") ? board.tool("rm") : "rm");
    board.files.push_back(fmt::format("{}/.serialtcp.t", folder));
    const Shell::Result result = co_await shell.run(command);
    board.files.pop_back();
    const std::string path = path_after("OK /", result.output);
    const std::string written = path_after("W /", result.output);
    if (path.empty())
      board.why_no_place +=
          fmt::format("{}{}: {}", board.why_no_place.empty() ? "" : "; ", folder, last_words(result.output));
    if (!path.empty()) {
      add_place(board.places, mounts, path);
    } else if (!written.empty()) {
      add_place(board.noexec_places, mounts, written);
    }
  }
}

}  // namespace serialtcp::install
