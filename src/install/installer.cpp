#include "install/installer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "install/digests.h"
#include "install/reach.h"
#include "install/shell.h"
#include "install/transfer.h"
#include "install/typed_loader.h"
#include "os/file_text.h"

namespace serialtcp::install {

namespace {

using namespace std::chrono_literals;

/// How often a board that begins again is waited for.
constexpr int kMostLives = 20;
constexpr int kMostStarts = 3;
constexpr Duration kStartTime = 15s;
constexpr Duration kUnpackTime = 120s;
constexpr std::size_t kArgumentPiece = 120;
/// Of a command that reads and gets nothing more.
constexpr Duration kReaderEnds = 3500ms;
/// Without an echo for so long, a shell has read all that was typed; or after the longer one, beside other output.
constexpr Duration kQuiet = 200ms;
constexpr Duration kMostTyped = 2s;
/// Of a shell that is called when a dialogue is given up.
constexpr Duration kAnswers = 1s;
constexpr int kMostCalls = 4;
constexpr Duration kFarewell = 300ms;
constexpr const char* kName = ".serialtcp";
/// After the name of a program that is not known to run.
constexpr const char* kUnchecked = ".new";

}  // namespace

Installer::Installer(Config config, const Programs& programs, Witness& witness, Time now)
    : config_(std::move(config)), programs_(programs), talk_(witness, now), task_(run()) {}

Installer::Result Installer::result() {
  try {
    task_.result();
  } catch (const Failure& failure) {
    using Kind = Result::Kind;
    return {failure.kind == Failure::Kind::refused ? Kind::refused : Kind::cannot, failure.what(), {}};
  }
  return {Result::Kind::running, {}, first_};
}

void Installer::leave() {
  if (leaving_) return;
  talk_.abandon();
  leaving_.emplace(say_farewell());
  leaving_->start();
}

/// What a command reads would not be typed: it ends by itself after some silence, which begins when all has arrived that was
/// under way. Then the shell answers. Ctrl-C in the middle of a line is avoided: the editor of bash keeps the rest of that line as
/// another command, which may open a quote or write a file. What a quote takes ends with the next Ctrl-C.
Task<bool> Installer::call_shell() {
  const bool reads = talk_.is_reading();
  const Time latest = talk_.now() + kMostTyped;
  do {
    co_await talk_.pause(talk_.now() + (reads ? kReaderEnds : kQuiet));
  } while (!reads && talk_.now() - talk_.last_heard() < kQuiet && talk_.now() < latest);
  for (int tries = 0; tries < kMostCalls; ++tries) {
    talk_.forget();
    talk_.type("\x03\n echo \"<\"f\">\"\n");
    co_await talk_.sent();
    const Time end = talk_.now() + (reads ? kReaderEnds : kAnswers);
    while (talk_.now() < end && talk_.text().find("<f>") == std::string::npos) {
      co_await talk_.heard_or(end);
    }
    if (talk_.text().find("<f>") != std::string::npos) co_return true;
  }
  co_return false;
}

Task<> Installer::say_farewell() {
  if (std::exchange(at_, At::outside) != At::shell) {
    // login(1) ends by it, and there is a login prompt again.
    if (std::exchange(login_, Login::nothing) != Login::waits_for_password) co_return;
    talk_.type("\x03");
    co_await talk_.sent();
    co_await talk_.pause(talk_.now() + kFarewell);
    co_return;
  }
  const bool answers = co_await call_shell();
  std::string text = answers ? "" : "\x03\n";
  if (board_.knows_terminal) text += is_stty_loader() ? " stty $S;unset -f stty\n" : " stty $S\n";
  if (!board_.printk.empty()) text += fmt::format(" echo {} >/proc/sys/kernel/printk\n", board_.printk);
  text += removal();
  if (logged_in_) text += " exit\n";
  talk_.type(text);
  co_await talk_.sent();
  co_await talk_.pause(talk_.now() + kFarewell);
}

/// Of what is left there, a command a line. Whoever has no rm has the loader, if it runs already.
std::string Installer::removal() const {
  const std::string rest = leftovers();
  if (rest.empty()) return {};
  if (board_.has("rm")) return fmt::format(" {} -f{}\n", board_.tool("rm"), rest);
  std::string text;
  for (const std::string& start : board_.starts) text += fmt::format(" {};$L d -f{}\n", start, rest);
  return text;
}

/// What is to be removed, with a blank before each.
std::string Installer::leftovers() const {
  std::string all;
  if (!leftovers_.program.empty()) all += " " + leftovers_.program;
  if (!leftovers_.in_memory) all += " " + leftovers_.pieces;
  for (const std::string& file : board_.files) all += " " + file;
  return all;
}

Task<> Installer::run() {
  for (int life = 0;; ++life) {
    std::optional<Failure> failure;
    try {
      co_await install();
      co_return;
    } catch (const Failure& caught) {
      failure = caught;
    }
    if (failure->kind != Failure::Kind::restart || life == kMostLives) {
      co_await say_farewell();
      throw Failure(*failure);
    }
    talk_.witness().tell(failure->what());
    talk_.set_pace(0);
    talk_.drop_output();
    at_ = At::outside;
    logged_in_ = false;
    login_ = Login::nothing;
    leftovers_ = {};
    start_.clear();
    remove_ = false;
    board_ = {};
  }
}

Task<> Installer::install() {
  const Reached reached = co_await reach_shell(talk_, config_.wish, config_.password, login_);
  if (reached.what == Reached::What::serialtcp) {
    talk_.witness().tell("serialtcp runs at the other end already");
    first_ = talk_.raw();
    co_return;
  }
  at_ = At::shell;
  logged_in_ = reached.logged_in;
  Shell shell(talk_);
  co_await shell.greet();
  co_await look_at_board(shell, board_);
  std::optional<Found> found = co_await find_program(shell);
  using Other = Wish::Other;
  if (found && found->version != config_.version) {
    const bool replaced = config_.wish.other_version == Other::is_replaced;
    talk_.witness().tell(fmt::format(
        "{} at the other end is {}, and this is {}{}", found->path, found->version, config_.version,
        replaced ? ": this one is brought there" : ": it is used; --upgrade brings this one there"));
    if (replaced) found.reset();
  }
  std::string path;
  if (found) {
    path = found->path;
  } else {
    path = co_await bring_program(shell, board_);
  }
  co_await launch(shell, board_, path);
}

/// In PATH, or where this has put it earlier, if it is still this user's: others can write there, too. One of this version goes
/// before others.
Task<std::optional<Installer::Found>> Installer::find_program(Shell& shell) {
  std::string found_there;
  const std::string usual = fmt::format("serialtcp-lite serialtcp /dev/shm/{0} /run/{0} /tmp/{0}", kName);
  const std::string saved = config_.wish.save ? quoted(*config_.wish.save) : "";
  for (const std::string& list : {usual, saved}) {
    if (list.empty()) continue;
    const std::string command = fmt::format(
        "for b in {};do case $b in */{})[ -O $b ]||continue;;esac;v=$(\"$b\" --version 2>/dev/null)"
        "&&echo \"+$b =$v\";done",
        list, kName);
    const Shell::Result result = co_await shell.run(command, 20s);
    found_there += result.output + '\n';
  }
  std::optional<Found> best;
  for (std::string_view rest = found_there; !rest.empty();) {
    const std::string line(io::take_line(rest));
    const std::size_t end = line.rfind(" =");
    if (!line.starts_with('+') || end == std::string::npos) continue;
    Found found{line.substr(1, end - 1), line.substr(end + 2)};
    for (const char* const prefix : {"serialtcp lite ", "serialtcp "}) {
      if (found.version.starts_with(prefix)) {
        found.version.erase(0, std::string_view(prefix).size());
        if (!best || (best->version != config_.version && found.version == config_.version)) best = found;
      }
    }
  }
  co_return best;
}

Task<std::string> Installer::bring_program(Shell& shell, Board& board) {
  const Program program = program_for(board);
  co_await find_tools_and_places(shell, board, program);
  std::string path = co_await find_room(shell, board, program);
  co_return path;
}

Program Installer::program_for(const Board& board) const {
  if (board.arch.empty())
    throw Failure(
        Failure::Kind::cannot,
        fmt::format(
            "there is no program for the machine at the other end, which is {}: there are those for {}",
            board.machine.empty() ? "unknown" : last_words(board.machine), known_architectures()));
  std::optional<Program> program = programs_.find(board.arch);
  if (program) return std::move(*program);
  std::string folders;
  for (const std::string& folder : programs_.folders()) folders += (folders.empty() ? "" : ", ") + folder;
  throw Failure(Failure::Kind::cannot,
                fmt::format("serialtcp-{}-lite, for the machine at the other end, is in none of {}: "
                            "scripts/build-boards {} makes it, and --boards names the folder",
                            board.arch, folders, board.arch));
}

/// The loader is what is missing, if it can be had.
Task<> Installer::find_tools_and_places(Shell& shell, Board& board, const Program& program) {
  co_await find_tools(shell, board);
  std::string why_no_loader;
  if (wants_loader(board)) {
    why_no_loader = fmt::format("serialtcp-{}-loader is not beside {}", board.arch, program.path);
    if (program.loader) why_no_loader = co_await type_loader(shell, board, *program.loader);
  }
  if (const std::string missing = missing_tool(board); !missing.empty())
    throw Failure(Failure::Kind::cannot,
                  fmt::format("the shell at the other end has not {}, without which no program can be "
                              "brought there and started, and the loader cannot be in its place: {}",
                              missing, why_no_loader));
  co_await find_places(shell, board);
  const bool runs_from_memory = board.has("loader") && !config_.wish.save && !board.noexec_places.empty();
  if (board.places.empty() && !runs_from_memory)
    throw Failure(
        Failure::Kind::cannot,
        fmt::format("no place at the other end can be written to and run programs (read-only, or mounted "
                    "noexec): {}",
                    board.why_no_place));
}

/// At last where nothing can be run: the loader runs it all the same, and needs little room where something can.
Task<std::string> Installer::find_room(Shell& shell, Board& board, const Program& program) {
  std::string full;
  std::vector<Place> places = board.places;
  if (!config_.wish.save) places.insert(places.end(), board.noexec_places.begin(), board.noexec_places.end());
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i == board.places.size()) {
      std::string why = "it is not there";
      if (board.has("loader")) {
        why.clear();
      } else if (program.loader) {
        why = co_await type_loader(shell, board, *program.loader);
      }
      if (!why.empty()) break;
      start_ = "$L x ";
    }
    try {
      std::string path = co_await bring_to(shell, board, places[i], program);
      co_return path;
    } catch (const Failure& failure) {
      if (failure.kind != Failure::Kind::no_room) throw;
      full = failure.what();
    }
    talk_.witness().tell(full);
    co_await remove_leftovers(shell);
  }
  throw Failure(Failure::Kind::cannot, full + "; and no other place has room");
}

/// At once, since another place may be on the same file system.
Task<> Installer::remove_leftovers(Shell& shell) {
  if (board_.has("rm")) {
    const std::string command =
        fmt::format("{} -f {}", board_.tool("rm"), leftovers_.pieces + " " + leftovers_.program);
    co_await shell.run(command);
  }
  leftovers_ = {};
}

/// Where it cannot be found by being run. $B is its name.
Task<bool> Installer::is_there(Shell& shell, const Board& board, const Program& program) {
  if (start_.empty() || !board.has("cksum")) co_return false;
  const std::string command = board.tool("cksum") + " \"$B\"";
  const Shell::Result result = co_await shell.run(command, kUnpackTime);
  co_return result.output.starts_with(cksum_of(program.plain) + ' ');
}

/// Over what is there: until then, that is as it was. $N is the name of the new one, and $B that of both.
Task<> Installer::rename(Shell& shell, const Board& board, const std::string& path) {
  const std::string command =
      fmt::format("if [ -d \"$B\" ];then echo is a folder;false;else {} -f \"$N\" \"$B\"||[ ! -e \"$N\" ];fi",
                  board.tool("mv"));
  const Shell::Result renamed = co_await shell.run(command);
  if (!renamed.ok())
    throw Failure(Failure::Kind::cannot,
                  fmt::format("what was brought to the other end cannot be named {}: it says \"{}\"", path,
                              last_words(renamed.output)));
}

/// Packed, if the board can unpack; if that fails, in another way.
Task<std::string> Installer::bring_to(Shell& shell, Board& board, Place place, const Program& program) {
  const std::string path = config_.wish.save.value_or(fmt::format("{}/{}", place.folder, kName));
  const std::string names = fmt::format("B={};N=\"$B{}\"", quoted(path), board.has("mv") ? kUnchecked : "");
  co_await shell.run(names);
  const bool there = co_await is_there(shell, board, program);
  if (there) {
    remove_ = !place.in_memory;
    co_return path;
  }
  struct Packed {
    const Bytes* bytes;
    std::string unpack;
  };
  std::vector<Packed> packed;
  if (program.xz && board.has("xz")) packed.push_back({&*program.xz, "|" + board.tool("xz") + " -dc"});
  if (program.gzip && board.has("gzip"))
    packed.push_back({&*program.gzip, "|" + board.tool("gzip") + " -dc"});
  packed.push_back({&program.plain, ""});
  for (const Packed& way : packed) {
    talk_.witness().tell(fmt::format("{} goes to {} at the other end ({}): {} bytes{}", program.path, path,
                                     board.machine, way.bytes->size(), way.unpack.empty() ? "" : ", packed"));
    Transfer transfer(shell, board, place.folder, *way.bytes);
    leftovers_ = {.pieces = transfer.pieces(), .in_memory = place.in_memory};
    co_await transfer.run();
    const std::string command =
        fmt::format("{} -f \"$N\";{} {}{} >\"$N\"", board.has("rm") ? board.tool("rm") : ":",
                    board.tool("cat"), transfer.pieces(), way.unpack);
    leftovers_.program = quoted(path + (board.has("mv") ? kUnchecked : ""));
    const Shell::Result unpacked = co_await shell.run(command, kUnpackTime);
    const std::string_view complaint = complaint_of_full(unpacked.output);
    if (!complaint.empty())
      throw Failure(config_.wish.save ? Failure::Kind::cannot : Failure::Kind::no_room,
                    fmt::format("there is no room for {}, which takes {} bytes: the other end says \"{}\"",
                                path, program.plain.size(), last_words(complaint)));
    const std::string check = fmt::format("{} 755 \"$N\";{}\"$N\" --version", board.tool("chmod"), start_);
    const Shell::Result runs = co_await shell.run(check, 20s);
    const bool right = runs.output.find(config_.version) != std::string::npos;
    if (right && board.has("mv")) co_await rename(shell, board, path);
    if (right && board.has("rm")) {
      const std::string clean = fmt::format("{} -f {}", board.tool("rm"), transfer.pieces());
      co_await shell.run(clean);
    }
    if (right) {
      leftovers_ = {};
      remove_ = !config_.wish.save && !place.in_memory;
      co_return path;
    }
    talk_.witness().tell(fmt::format("what has arrived does not run there: it says \"{}\"",
                                     last_words(unpacked.output + "\n" + runs.output)));
  }
  throw Failure(Failure::Kind::cannot,
                fmt::format("{} was brought to the other end, and does not run there", program.path));
}

/// The rest of the line is what the shell does when the program has ended, for whatever reason.
Task<> Installer::launch(Shell& shell, const Board& board, std::string path) {
  const std::string name = fmt::format("B={}", quoted(path));
  co_await shell.run(name);
  for (std::size_t at = 0; at < config_.arguments.size(); at += kArgumentPiece) {
    const std::string part = config_.arguments.substr(at, kArgumentPiece);
    const std::string set = fmt::format("A{}={}", at / kArgumentPiece, quoted(part));
    co_await shell.run(set);
  }
  std::string all;
  for (std::size_t at = 0; at < config_.arguments.size(); at += kArgumentPiece)
    all += fmt::format("$A{}", at / kArgumentPiece);
  std::string after;
  if (shell.knows_terminal()) after += ";stty $S";
  if (is_stty_loader()) after += ";unset -f stty";
  if (!board.printk.empty()) after += fmt::format(";echo {} >/proc/sys/kernel/printk", board.printk);
  const std::string rest = (remove_ ? " \"$B\"" : "") + leftovers();
  if (!rest.empty() && board.has("rm")) after += fmt::format(";{} -f{}", board.tool("rm"), rest);
  if (logged_in_) after += ";exit";
  for (int tries = 0; tries < kMostStarts; ++tries) {
    talk_.forget();
    talk_.forget_console();
    talk_.type(fmt::format(" eval '{}\"$B\"' \"{}\";echo \"<\"z$?\">\"{}\n", start_, all, after));
    co_await talk_.sent();
    const Time end = talk_.now() + kStartTime;
    while (talk_.now() < end && !talk_.is_serialtcp() && talk_.text().find("<z") == std::string::npos) {
      co_await talk_.heard_or(end);
    }
    if (talk_.is_serialtcp()) {
      first_ = talk_.raw();
      at_ = At::running;
      co_return;
    }
    shell.expect_same_life();
    const bool has_ended = talk_.text().find("<z") != std::string::npos;
    if (has_ended && (logged_in_ || !rest.empty()))
      break;  // that shell has ended, or what it needs is removed
    co_await shell.recover();
  }
  throw Failure(Failure::Kind::cannot,
                fmt::format("{} was started at the other end, and has ended: it says \"{}\"", path,
                            last_words(talk_.text().substr(0, talk_.text().find("<z")))));
}

}  // namespace serialtcp::install
