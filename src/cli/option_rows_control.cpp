// How other programs reach this one: the control socket, the HTTP server. And what only `serialtcp connect` gives.
#include "cli/control_options.h"
#include "cli/http_options.h"
#include "cli/option_rows.h"
#include "cli/option_setters.h"
#include "cli/option_values.h"

namespace serialtcp::cli {

namespace {

using ToLink = LinkOptions;

const Option kControl[] = {
    {.name = "control",
     .argument = "PATH",
     .suggest = Suggest::file,
     .toml = Toml::text,
     .example = "\"/run/serialtcp/rack.sock\"",
     .beside_config = BesideConfig::yes,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = kControlHelp,
     .put = &put_control_path},
    {.name = "no-control",
     .toml = Toml::flag,
     .example = "true",
     .beside_config = BesideConfig::yes,
     .abbreviated = Abbreviated::no,
     .section = Section::program,
     .help = kControlHelp,
     .put = &put_no_control},
    {.name = "http",
     .argument = "[ADDRESS:]PORT",
     .toml = Toml::number_or_text,
     .example = "9432 or \"0.0.0.0:9432\"",
     .beside_config = BesideConfig::yes,
     .section = Section::program,
     .help = "the status by HTTP, on localhost unless told",
     .put = &put_http},
};

const Option kConnect[] = {
    {.name = "connect",
     .argument = "NAME|HOST:PORT",
     .stands = Stands::by_command,
     .section = Section::forwarding,
     .help = "standard input and output as a stream",
     .put = &link_value<&ToLink::connects, parse_stream_wanted>},
    {.name = "session",
     .stands = Stands::by_command,
     .section = Section::forwarding,
     .help = "a program at the other end",
     .put = &link_value<&ToLink::connects, parse_session>},
};

}  // namespace

std::span<const Option> rows::control() {
  return kControl;
}

std::span<const Option> rows::connect() {
  return kConnect;
}

}  // namespace serialtcp::cli
