#include "cli/install_at_other_end.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "cli/install_user.h"
#include "install/install_line.h"
#include "os/error_text.h"
#include "os/file_text.h"

namespace serialtcp::cli {

namespace {

/// Without a link for so long, the program there ends and the console is back. Before the first link, and after each.
constexpr int kWithoutLink = 60;
constexpr std::size_t kMostPassword = 1024;

std::expected<std::string, std::string> password_of(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0)
    return std::unexpected(
        fmt::format("the password cannot be read from {}: {}", path, io::plain_text(errno)));
  std::string line = io::file_text(path, kMostPassword);
  line.resize(std::min(line.find('\n'), line.size()));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string hold_text(Duration hold) {
  if (hold == Duration::max()) return "never";
  return fmt::format("{}", std::chrono::duration<double>(hold).count());
}

}  // namespace

std::string arguments_there(const LinkOptions& options) {
  std::string text =
      fmt::format("--once --sync-timeout {} --hold {} ", kWithoutLink, hold_text(options.hold));
  if (options.install.arguments) {
    text += *options.install.arguments;
  } else {
    text += "--allow '*:*' --allow-shell";
    if (!options.remote_forwards.empty()) text += " --allow-listen '*:*'";
  }
  return text + " stdio:console";
}

std::expected<std::unique_ptr<io::Line>, std::string> install_at_other_end(io::asio::io_context& context,
                                                                           std::unique_ptr<io::Line> line,
                                                                           const LinkOptions& options,
                                                                           io::Observer& observer) {
  install::Installer::Config config{
      .wish = options.install, .version = SERIALTCP_VERSION, .arguments = arguments_there(options)};
  if (options.install.password_file) {
    auto password = password_of(*options.install.password_file);
    if (!password) return std::unexpected(std::move(password.error()));
    config.password = std::move(*password);
  }
  auto user = std::make_unique<InstallUser>(context, observer);
  if (options.install.transcript) {
    if (const int error = user->keep_transcript(*options.install.transcript))
      return std::unexpected(
          fmt::format("could not open {}: {}", *options.install.transcript, io::plain_text(error)));
  }
  return std::make_unique<install::InstallLine>(context, std::move(line), std::move(config),
                                                install::Programs::usual_folders(options.install.boards),
                                                std::move(user));
}

}  // namespace serialtcp::cli
