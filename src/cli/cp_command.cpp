// Each line that files are copied from or to is a session of `serialtcp shell`, a process of its own.
#include "cli/cp_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cursor.h"
#include "cli/command_words.h"
#include "cli/cp_far_command.h"
#include "cli/option_table.h"
#include "cli/running_processes.h"
#include "cli/shell_child.h"
#include "copy/far_side.h"
#include "copy/names.h"
#include "copy/progress.h"
#include "copy/receiver.h"
#include "copy/record.h"
#include "copy/sender.h"
#include "os/text.h"

namespace serialtcp::cli {

namespace {

using io::copy::Payload;
using io::copy::Peer;
using CopyPlace = io::copy::Place;
using io::copy::Receiver;
using io::copy::Sender;
using io::copy::Type;

constexpr std::string_view kCp = "cp";
constexpr int kCopyFailed = 1;
constexpr int kWrongUsage = 2;
constexpr std::string_view kAboutCp =
    "Copies files to the other end of a cable, or from there, if that allows shells. NAME:PATH and DEV:PATH are\n"
    "places there, as for serialtcp shell; PATH is relative to the home folder. Modes and times are kept; what was\n"
    "interrupted is continued; a file gets its name when all of it is there, and is the same.\n"
    "- is standard input or output. Exit status: 0 all was copied; 1 something was not; 255 no session; 2 wrong usage";

struct CpWords {
  std::vector<std::string> places = {};
  bool folders = false;
  bool quiet = false;
  std::vector<std::string> for_shell = {};  ///< options
};

/// Copies, and counts what goes wrong.
class Copy {
 public:
  explicit Copy(const CpWords& words) : words_(words), progress_(words.quiet ? -1 : STDERR_FILENO) {}

  int put(const std::vector<CopyPlace>& sources, const CopyPlace& target) {
    return in_session(*target.line, [&](Peer& peer) {
      const bool is_folder = sources.size() > 1 || target.path.ends_with('/');
      peer.send(Type::put, Payload().number(is_folder ? io::copy::kIsFolder : 0, 1).text(target.path));
      Sender sender(peer,
                    {.failed = [this](const std::string& problem) { complain(problem); },
                     .progress = [this](const std::string& path, std::uint64_t there,
                                        std::uint64_t size) { progress_.show(path, there, size); }},
                    words_.folders ? Sender::Folders::sent : Sender::Folders::refused);
      for (const CopyPlace& source : sources) send(sender, source.path);
      sender.finish();
    });
  }

  /// From one line.
  int get(const std::string& line, const std::vector<std::string>& paths, const std::string& to,
          bool is_folder) {
    return in_session(line, [&](Peer& peer) {
      for (const std::string& path : paths) get_one(peer, path, to, is_folder);
    });
  }

 private:
  template <typename Do>
  int in_session(const std::string& line, Do what) {
    std::vector<std::string> words = words_.for_shell;
    words.insert(words.end(), {"-s", "--", line, kCopySubsystem});
    ShellChild child(words);
    if (child.socket() < 0) return kCopyFailed;
    std::string broken;
    try {
      Peer peer(child.socket(), child.socket());
      const auto hello = peer.receive();
      if (hello.type != Type::hello || hello.payload.empty() || hello.payload[0] != io::copy::kVersion)
        throw Peer::Broken{"the other end has another version of this command"};
      what(peer);
      peer.send(Type::all_sent);
      peer.flush();
    } catch (const Peer::Broken& problem) {
      broken = problem.text;
    }
    progress_.clear();
    const int status = child.wait();
    if (broken.empty()) return failed_ ? kCopyFailed : 0;
    constexpr int kNoSession = 255;
    if (status == kNoSession) return kNoSession;  // it has said why
    complain(broken);
    return kCopyFailed;
  }

  void send(Sender& sender, const std::string& path) {
    if (path == "-") return sender.send(path, "");
    const std::string name = io::copy::entry_name(path);
    if (name.empty()) return complain(fmt::format("{}: give it by its name", io::printable(path)));
    sender.send(path, name);
  }

  void get_one(Peer& peer, const std::string& path, const std::string& to, bool is_folder) {
    const bool pipe = to == "-";
    io::copy::Destination target{".", "-"};
    if (!pipe) target = io::copy::destination_of(to, is_folder);
    if (target.name.empty()) target.name = io::copy::entry_name(path);
    if (target.name.empty()) return complain(fmt::format("{}: give it by its name", io::printable(path)));
    peer.send(Type::get, Payload().number(words_.folders ? io::copy::kFoldersToo : 0, 1).text(path));
    Receiver::Calls calls{.dealt_with =
                              [&](const std::string& entry, const std::string& problem) {
                                if (!problem.empty())
                                  complain(entry.empty()
                                               ? io::printable(problem)
                                               : fmt::format("{}: {}", io::printable(entry), problem));
                                if (!entry.empty()) peer.send(Type::result, Payload().number(1, 1));
                              },
                          .progress = [this](const std::string& entry, std::uint64_t there,
                                             std::uint64_t size) { progress_.show(entry, there, size); }};
    if (pipe) calls.pipe = &write_out;
    Receiver receiver(peer, std::move(calls));
    receiver.run({.folder = target.folder, .name = target.name});
    peer.send(Type::done);
    peer.flush();
  }

  static bool write_out(ByteView bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return true;
  }

  void complain(const std::string& problem) {
    failed_ = true;
    progress_.clear();
    print_problem(kCp, problem);
  }

  const CpWords& words_;
  io::copy::Progress progress_;
  bool failed_ = false;
};

bool is_line_of_copy(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && (S_ISCHR(found.st_mode) || S_ISSOCK(found.st_mode));
}

int wrong(std::string_view text) {
  print_problem(kCp, text);
  return kWrongUsage;
}

int run_cp(const CpWords& words) {
  std::vector<CopyPlace> places;
  for (const std::string& text : words.places)
    places.push_back(io::copy::parse_place(text, &is_line_of_copy));
  if (places.size() < 2) return wrong("at least two places are expected: from where, and to where");
  const CopyPlace target = std::move(places.back());
  places.pop_back();
  Copy copy(words);
  if (target.line) {
    for (const CopyPlace& source : places) {
      if (source.line) return wrong("one of both ends must be this machine");
    }
    return copy.put(places, target);
  }
  int status = 0;
  const bool is_folder = places.size() > 1;
  if (is_folder && target.path == "-") return wrong("only one file can go to standard output");
  for (const CopyPlace& source : places) {
    if (!source.line) return wrong("one of both ends must be NAME:PATH or DEV:PATH");
  }
  while (!places.empty()) {
    const std::string line = *places.front().line;
    std::vector<std::string> paths;
    std::erase_if(places, [&](const CopyPlace& source) {
      if (source.line == line) paths.push_back(source.path);
      return source.line == line;
    });
    status = std::max(status, copy.get(line, paths, target.path, is_folder));
  }
  return status;
}

}  // namespace

int cp_command(std::span<const char* const> args) {
  if (serves_copies(args)) return cp_far_command(args);
  CpWords words;
  CommandWords all;
  const auto pass_on = [&words](const char* name) {
    return [&words, name](const std::string& value) -> std::optional<std::string> {
      words.for_shell.insert(words.for_shell.end(), {name, value});
      return std::nullopt;
    };
  };
  all.add_flag("-r", "folders, with all that is in them", words.folders);
  all.add_flag("-q", "no progress", words.quiet);
  all.add({.name = "-b", .value = "BAUD", .help = "the speed of DEV (115200)", .put = pass_on("-b")});
  all.add({.name = "--key", .value = "FILE", .help = "encrypt the link to DEV", .put = pass_on("--key")});
  all.add({.name = "--hold",
           .value = "SECONDS",
           .help = "for how long the link may be away (300)",
           .put = pass_on("--hold")});
  all.add({.name = "--login",
           .value = "USER",
           .help = "install serialtcp at DEV, which has only a console",
           .put = pass_on("--login")});
  all.add({.name = "--password-file",
           .value = "FILE",
           .help = "the password there (it is asked for)",
           .put = pass_on("--password-file")});
  all.add({.name = "--boards",
           .value = "DIR",
           .help = "where the programs for boards are",
           .put = pass_on("--boards")});
  all.add({.name = "--control",
           .value = "PATH",
           .help = "ask the process that listens there",
           .put = pass_on("--control")});
  all.add_all(words.places);
  const auto mistake = all.parse(args);
  if (all.wants_help()) {
    std::fputs(fmt::format("usage: serialtcp cp [OPTION]... FILE... NAME|DEV:PATH\n"
                           "       serialtcp cp [OPTION]... NAME|DEV:PATH... FILE\n{}",
                           all.help("serialtcp cp", kAboutCp)
                               .substr(std::string_view("usage: serialtcp cp [OPTION]...\n").size()))
                   .c_str(),
               stdout);
    return 0;
  }
  if (mistake) return wrong(*mistake + "\nTry 'serialtcp cp --help'.");
  return run_cp(words);
}

}  // namespace serialtcp::cli
