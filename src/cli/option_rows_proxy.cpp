// -D.
#include "cli/option_rows.h"
#include "cli/option_setters.h"
#include "cli/option_values.h"

namespace serialtcp::cli {

namespace {

using ToLink = LinkOptions;

const Option kProxy[] = {
    {.name = "dynamic-forward",
     .letter = 'D',
     .argument = "[BIND_ADDRESS:]PORT",
     .repeated = Repeated::yes,
     .most = kMaxForwards,
     .toml = Toml::texts,
     .example = "\"1080\"",
     .section = Section::forwarding,
     .help = "SOCKS server and HTTP proxy",
     .put = &link_place<&ToLink::dynamic_forwards, parse_dynamic_spec>},
};

}  // namespace

std::span<const Option> rows::proxy() {
  return kProxy;
}

}  // namespace serialtcp::cli
