#include "cli/getty_at_this_end.h"

#include <string>
#include <utility>
#include <vector>

#include "getty/board_console.h"
#include "getty/getty_line.h"
#include "net/program_watcher.h"
#include "port/serial_settings.h"

namespace serialtcp::cli {

GettyAtThisEnd make_getty(io::asio::io_context& context, std::unique_ptr<io::Line> line,
                          const LinkOptions& options, std::shared_ptr<io::ProgramWatcher> watcher,
                          io::Observer& observer) {
  std::vector<std::string> words = getty::login_program();
  if (options.getty.command) words = {"/bin/sh", "-c", *options.getty.command};
  auto console =
      std::make_shared<getty::BoardConsole>(context, std::move(watcher), std::move(words),
                                            [&observer](const std::string& text) { observer.note(text); });
  const getty::GettyLine::Config config{
      .text = options.getty.text, .carrier = options.getty.carrier, .rate = io::nominal_rate(options.serial)};
  auto both = std::make_unique<getty::GettyLine>(context, std::move(line), config, console);
  auto watch = std::make_unique<getty::GettyLinkWatch>(*both);
  return {std::move(both), std::move(console), std::move(watch)};
}

}  // namespace serialtcp::cli
