// With a running process, its control connection becomes the stream. With a line of its own, the process is split: this one
// has the line, as any serialtcp, and a child has standard input and output.
#include "cli/connect_command.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/option_values.h"
#include "cli/run.h"
#include "cli/running_processes.h"
#include "cli/split_process.h"
#include "cli/stdio_relay.h"
#include "cli/stream_choice.h"
#include "control/stream_query.h"

namespace serialtcp::cli {

namespace {

constexpr ControlUsage kConnectUsage{
    .name = "connect",
    .positional = "NAME|HOST:PORT",
    .least = 1,
    .most = 1,
    .description =
        "Joins standard input and output to a stream to the other end of a running serialtcp:\n"
        "  HOST:PORT       what the other end connects to, if its --allow permits it\n"
        "  NAME            a service of the other end (--client NAME=...), or the name of a link: its service\n"
        "                  without a name\n"
        "  --link NAME     the link, if several are running\n"
        "  --control PATH  ask the process that listens there, and no other\n"
        "With a line and its options, it makes a link of its own instead:\n"
        "  serialtcp connect NAME|HOST:PORT SERIALPORT [BAUDRATE] [OPTION]...\n"
        "As a ProxyCommand of ssh: ssh -o ProxyCommand='serialtcp connect %h:%p' board\n"
        "Exit status: 0 the stream was closed; 1 no connection, or it was reset; 2 wrong usage, or no link\n",
    .options = "[--link NAME] | SERIALPORT [BAUDRATE] [OPTION]..."};

int connect_failed(std::string_view text) {
  print_problem(kConnectUsage.name, text);
  return kExitCannotOpen;
}

// ---- With a running process ----

/// After the stream has been closed: whether it was reset.
int end_of_stream(const std::string& path, const std::string& connection) {
  auto client = control::Client::connect(path);
  if (!client) return connect_failed("the running serialtcp has ended");
  const auto end = control::wait_for_end(*client, connection);
  if (!end) return connect_failed(end.error().text);
  return end->in_order ? kExitOk : connect_failed(end->text);
}

int carry(control::Client& client, const std::string& connection) {
  const std::string path = client.path();
  auto [stream, first] = client.release();
  if (relay_standard_streams(stream, std::move(first)) == RelayEnd::output_lost)
    return kExitCannotOpen;  // silently, as with SIGPIPE
  return end_of_stream(path, connection);
}

int by_running_process(const StreamWish& wish) {
  auto chosen = choose_stream(wish);
  if (!chosen) return connect_failed(chosen.error().text);
  return carry(chosen->client, chosen->connection);
}

// ---- With a line of its own ----

int by_own_line(const std::string& wanted, std::span<const char* const> rest) {
  const OwnLine line{.command = std::string(kConnectUsage.name),
                     .wanted = {{"connect", {wanted}}},
                     .failed = kExitCannotOpen};
  return run_own_line(line, rest, [](io::NativeHandle stream) {
    return relay_standard_streams(stream, "") == RelayEnd::closed ? kExitOk : kExitCannotOpen;
  });
}

/// Whether the words after NAME|HOST:PORT are those of a line.
bool names_line(std::span<const char* const> args) {
  static constexpr std::string_view kOfRunning[] = {"-h", "--help", "--link", "--control"};
  const auto is_of_running = [](std::string_view word) {
    return std::ranges::find(kOfRunning, word.substr(0, word.find('='))) != std::end(kOfRunning);
  };
  return args.size() > 2 && std::ranges::none_of(args, is_of_running);
}

}  // namespace

int connect_command(std::span<const char* const> args) {
  if (names_line(args)) return by_own_line(args[1], args.subspan(2));
  StreamWish wish;
  std::optional<std::string> given_link;
  const auto words = parse_control_words(kConnectUsage, args, [&given_link](CommandWords& all) {
    all.add_text("--link", "NAME", "", given_link);
  });
  if (!words) return words.error();
  std::string link = given_link.value_or("");
  wish.text = words->positional.front();
  auto wanted = parse_stream_wanted(wish.text);
  if (!wanted) {
    // The name of a link may be a path.
    if (!link.empty() || wish.text.find('/') == std::string::npos) {
      print_problem(kConnectUsage.name, wanted.error());
      return kExitUsage;
    }
    link = wish.text;
    wanted = io::StreamRequests::Wanted{};
    wish.text.clear();
  }
  wish.wanted = std::move(*wanted);
  wish.control = words->control;
  if (!link.empty()) wish.link = link;
  return by_running_process(wish);
}

}  // namespace serialtcp::cli
