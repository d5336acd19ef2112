// What `serialtcp getty` gives to its link.
#include "cli/option_rows.h"

namespace serialtcp::cli {

namespace {

std::optional<std::string> put_getty(LinkOptions& link, const std::string&) {
  link.getty.wanted = true;
  return std::nullopt;
}

std::optional<std::string> put_getty_command(LinkOptions& link, const std::string& text) {
  if (text.empty()) return "a command is expected, as in 'exec /bin/sh -l'";
  link.getty.command = text;
  return std::nullopt;
}

std::optional<std::string> put_no_text(LinkOptions& link, const std::string&) {
  link.getty.text = getty::Wish::Text::never;
  return std::nullopt;
}

std::optional<std::string> put_carrier(LinkOptions& link, const std::string&) {
  link.getty.carrier = getty::Wish::Carrier::counts;
  return std::nullopt;
}

const Option kGetty[] = {
    {.name = "getty",
     .stands = Stands::by_command,
     .section = Section::install,
     .help = "the port is a console as well",
     .put = &put_getty},
    {.name = "getty-command",
     .argument = "COMMAND",
     .stands = Stands::by_command,
     .section = Section::install,
     .help = "in place of a login prompt",
     .put = &put_getty_command},
    {.name = "getty-no-text",
     .stands = Stands::by_command,
     .section = Section::install,
     .help = "the console is reached through the link only",
     .put = &put_no_text},
    {.name = "getty-carrier",
     .stands = Stands::by_command,
     .section = Section::install,
     .help = "the port has a modem",
     .put = &put_carrier},
};

}  // namespace

std::span<const Option> rows::getty() {
  return kGetty;
}

}  // namespace serialtcp::cli
