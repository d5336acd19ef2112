#include "install/typed_loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "install/digests.h"
#include "os/file_text.h"

namespace serialtcp::install {

namespace {

/// Of a part: with the rest of its command no more than Shell::kMostCommand.
constexpr std::size_t kPart = 176;
/// Variables that one line puts together.
constexpr std::size_t kTogether = 32;
/// How often a part is typed, and the whole.
constexpr int kMostAttempts = 8;
constexpr int kMostWholes = 3;

/// The status that a shell gives for what may not be executed.
constexpr int kCannotExecute = 126;

constexpr const char* kFile = ".serialtcp.l";

class Typing {
 public:
  Typing(Shell& shell, Board& board, ByteView loader)
      : shell_(shell), board_(board), bytes_(loader.begin(), loader.end()) {}

  Task<std::string> run() {
    const bool decodes = co_await find_encoding();
    if (!decodes) co_return "its shell has neither printf nor echo -e";
    if (board_.has("chmod")) {
      board_.starts = {fmt::format("L=$f;{} 755 $f", board_.tool("chmod"))};
    } else {
      co_await find_linkers();
      if (board_.starts.empty()) co_return "it has neither chmod nor a dynamic linker";
      bytes_ = for_dynamic_linker(bytes_);
    }
    shell_.talk().witness().tell(fmt::format(
        "the shell at the other end lacks tools: a program of {} bytes is typed first", bytes_.size()));
    const bool typed = co_await type_parts(Parts::all);
    if (!typed)
      co_return fmt::format("what is typed is damaged {} times in a row: probably its lines are too long",
                            kMostAttempts);
    for (const char* const folder : kFolders) {
      const bool works = co_await put_into(folder);
      if (!works) continue;
      co_await use();
      co_return "";
    }
    co_return "no place can be written to and run it (read-only, or mounted noexec): " + why_;
  }

 private:
  Task<bool> find_encoding() {
    const std::string print = board_.has("printf") ? board_.tool("printf") + " '\\101\\102'" : "";
    const std::string echo = "echo -ne '\\0101\\0102'";
    for (int tries = 0; tries < kMostWholes; ++tries) {
      for (const Typed how : {Typed::printf, Typed::echo}) {
        const std::string& command = how == Typed::echo ? echo : print;
        if (command.empty()) continue;
        const Shell::Result result = co_await shell_.run(command);
        how_ = how;
        if (result.output == "AB") co_return true;
      }
    }
    co_return false;
  }

  std::string decoder() const { return how_ == Typed::echo ? "echo -ne" : board_.tool("printf"); }

  Task<> find_linkers() {
    const Shell::Result result = co_await shell_.run(
        "for l in /lib/ld-linux*.so.* /lib64/ld-linux*.so.* /lib/ld64.so.* /lib/ld.so.1 "
        "/lib/ld-musl-*.so.1 /lib/ld-uClibc*.so.*;do [ -e $l ]&&echo +$l;done");
    for (std::string_view rest = result.output; !rest.empty();) {
      const std::string_view line = io::take_line(rest);
      if (line.starts_with('+')) board_.starts.push_back(fmt::format("L=\"{} $f\"", line.substr(1)));
    }
  }

  enum class Parts : std::uint8_t { all, damaged };
  /// Each into a variable, whose value is printed, since nothing there could check it. One that was right may be damaged later,
  /// by a line that lost a digit of its number.
  Task<bool> type_parts(Parts what) {
    const std::vector<std::string> parts = typed_parts(bytes_, how_, kPart);
    const std::string print = how_ == Typed::echo ? "echo" : board_.tool("printf") + " %s";
    parts_ = parts.size();
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string shown = fmt::format("{} \"$V{}\"", print, i);
      const std::string typed = fmt::format("V{}='{}';{}", i, parts[i], shown);
      bool right = false;
      for (int tries = 0; tries < kMostAttempts && !right; ++tries) {
        const std::string& command = what == Parts::all || tries > 0 ? typed : shown;
        const Shell::Result result = co_await shell_.run(command);
        right = result.output == parts[i];
      }
      if (!right) co_return false;
    }
    co_await put_together();
    co_return true;
  }

  /// A line that was damaged here makes what does not run, or has another check value.
  Task<> put_together() {
    all_.clear();
    for (std::size_t i = 0; i < parts_; i += kTogether) {
      std::string line = fmt::format("W{}=\"", i / kTogether);
      for (std::size_t k = i; k < std::min(parts_, i + kTogether); ++k) line += fmt::format("$V{}", k);
      line += '"';
      co_await shell_.run(line);
      all_ += fmt::format("$W{}", i / kTogether);
    }
  }

  /// False: it cannot be there, and why_ says it.
  Task<bool> put_into(std::string_view folder) {
    const std::string path = fmt::format("{}/{}", folder, kFile);
    if (folder.starts_with('$')) {
      const std::string plain =
          fmt::format("case {} in /*[!A-Za-z0-9/._+-]*)false;;/*);;*)false;esac", folder);
      const Shell::Result result = co_await shell_.run(plain);
      if (!result.ok()) co_return false;
    }
    std::string said;
    for (int tries = 0; tries < kMostWholes; ++tries) {
      const std::string write = fmt::format("f={};L=$f;{} \"{}\">$f", path, decoder(), all_);
      board_.files.push_back(path);
      const Shell::Result written = co_await shell_.run(write);
      if (!written.ok()) {
        said = last_words(written.output);
        break;
      }
      const bool runs = co_await start(said);
      if (runs) co_return true;
      if (!is_damaged_) break;
      const bool mended = co_await type_parts(Parts::damaged);
      if (!mended) break;
    }
    why_ += fmt::format("{}{}: {}", why_.empty() ? "" : "; ", folder, said);
    co_return false;
  }

  /// It says itself whether it is right.
  Task<bool> start(std::string& said) {
    const std::string right = cksum_of(bytes_) + " /";
    is_damaged_ = false;
    for (const std::string& start : board_.starts) {
      const std::string command = start + ";$L c $f";
      const Shell::Result result = co_await shell_.run(command);
      if (result.output.starts_with(right)) co_return true;
      said = last_words(result.output);
      is_damaged_ = is_damaged_ || result.status != kCannotExecute;
    }
    co_return false;
  }

  Task<> use() {
    board_.tools["loader"] = "$L";
    co_await shell_.run("f=");  // whatever is written to $f from now on is not this file
    if (!board_.has("cksum") && !board_.has("md5sum") && !board_.has("sha256sum"))
      board_.tools["cksum"] = "$L c";
    constexpr std::array<std::array<const char*, 2>, 4> kTools = {
        {{"cat", "$L a"}, {"chmod", "$L m"}, {"rm", "$L d"}, {"mv", "$L n"}}};
    for (const auto& [name, typed] : kTools) board_.tools.try_emplace(name, typed);
    if (board_.files.size() > 1) {
      std::string others = board_.tool("rm") + " -f";
      for (const std::string& file : std::span(board_.files).first(board_.files.size() - 1)) {
        if (file != board_.files.back()) others += " " + file;
      }
      co_await shell_.run(others);
      board_.files.erase(board_.files.begin(), board_.files.end() - 1);
    }
    if (shell_.knows_terminal()) co_return;
    co_await shell_.run("stty(){ $L s \"$@\";}");
    const Shell::Result terminal = co_await shell_.run("S=$(stty -g)&&echo \"$S\"");
    if (!terminal.ok() || terminal.output.find(':') == std::string::npos) co_return;
    board_.knows_terminal = true;
    shell_.terminal_is_known();
  }

  Shell& shell_;
  Board& board_;
  Bytes bytes_;
  Typed how_ = Typed::printf;
  std::size_t parts_ = 0;
  std::string all_;  ///< variables that have all of it
  bool is_damaged_ = false;
  std::string why_;
};

}  // namespace

std::string missing_tool(const Board& board) {
  if (!board.has("chmod")) return "chmod";
  if (!board.has("cat")) return "cat";
  if (!board.has("cksum") && !board.has("md5sum") && !board.has("sha256sum"))
    return "any of cksum, md5sum and sha256sum";
  return {};
}

bool wants_loader(const Board& board) {
  const bool reads = board.has("stty") && (board.has("head") || board.has("dd"));
  return !reads || !board.has("rm") || !board.has("mv") || !missing_tool(board).empty();
}

Task<std::string> type_loader(Shell& shell, Board& board, ByteView loader) {
  Typing typing(shell, board, loader);
  co_return co_await typing.run();
}

// Its program header of type PT_GNU_STACK becomes a PT_INTERP, which linkers look for and do not read.
Bytes for_dynamic_linker(ByteView loader) {
  constexpr std::array<Byte, 4> kStack = {0x51, 0xE5, 0x74, 0x64};
  constexpr std::array<Byte, 4> kInterpreter = {3, 0, 0, 0};
  constexpr std::size_t kByteOrder = 5;
  constexpr Byte kBigEndian = 2;
  Bytes bytes(loader.begin(), loader.end());
  if (bytes.size() <= kByteOrder) return bytes;
  std::array<Byte, 4> from = kStack;
  std::array<Byte, 4> to = kInterpreter;
  if (bytes[kByteOrder] == kBigEndian) {
    std::ranges::reverse(from);
    std::ranges::reverse(to);
  }
  const auto found = std::ranges::search(bytes, from);
  if (!found.empty()) std::ranges::copy(to, found.begin());
  return bytes;
}

}  // namespace serialtcp::install
