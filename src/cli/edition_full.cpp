// serialtcp, which has everything.
#include "cli/cable_command.h"
#include "cli/check_config_command.h"
#include "cli/close_command.h"
#include "cli/connect_command.h"
#include "cli/console_command.h"
#include "cli/cp_command.h"
#include "cli/edition.h"
#include "cli/full_administration.h"
#include "cli/getty_at_this_end.h"
#include "cli/getty_command.h"
#include "cli/install_at_other_end.h"
#include "cli/install_command.h"
#include "cli/keygen_command.h"
#include "cli/link_table.h"
#include "cli/log_command.h"
#include "cli/net_command.h"
#include "cli/net_table.h"
#include "cli/option_rows.h"
#include "cli/ports_command.h"
#include "cli/reload_command.h"
#include "cli/share_command.h"
#include "cli/share_table.h"
#include "cli/shell_command.h"
#include "cli/shell_offer.h"
#include "cli/status_command.h"
#include "cli/test_command.h"
#include "cli/top_command.h"
#include "cli/version_command.h"
#include "service/proxy_server.h"

namespace serialtcp::cli {

namespace {

constexpr Command kCommands[] = {
    {"cable", &cable_command},     {"share", &share_command},   {"console", &console_command},
    {"keygen", &keygen_command},   {"ports", &ports_command},   {"status", &status_command},
    {"top", &top_command},         {"close", &close_command},   {"connect", &connect_command},
    {"install", &install_command}, {"reload", &reload_command}, {"log", &log_command},
    {"version", &version_command}, {"shell", &shell_command},   {"cp", &cp_command},
    {"getty", &getty_command},     {"test", &test_command},     {"net", &net_command},
};

constexpr Command kPlacesOfOthers[] = {{"tcp_serial_redirect.py", &redirect_command},
                                       {"tcp_serial_redirect", &redirect_command}};

constexpr OptionRows kRows[] = {&rows::services,    &rows::proxy,   &rows::permissions, &rows::line,
                                &rows::config_file, &rows::log,     &rows::install,     &rows::getty,
                                &rows::control,     &rows::connect, &rows::answers};

constexpr TableKindOf kTables[] = {&link_tables, &share_tables, &net_tables};

constexpr ConfigFiles kConfigFiles{.tables = kTables, .read = &read_config, .check = &check_config_command};

constexpr Edition kEdition{
    .name = "",
    .ways = "-s | -c | -L | -R | -D | --allow",
    .more_in_help = "serialtcp cable A B, share, console, install, keygen FILE, ports, top ...",
    .commands = kCommands,
    .places_of_others = kPlacesOfOthers,
    .option_rows = kRows,
    .option_texts = {},
    .wording = {},
    .config_files = &kConfigFiles,
    .administer = &make_full_administration,
    .install = &install_at_other_end,
    .getty = &make_getty,
    .offer_sessions = &offer_sessions,
    .serve_proxy = &io::serve_proxy};

}  // namespace

const Edition& edition() {
  return kEdition;
}

}  // namespace serialtcp::cli
