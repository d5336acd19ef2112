// serialtcp for Windows, which has neither ptys nor passed sockets: no cable between two of them, no programs on terminals, no network
// for a device.
#include "cli/check_config_command.h"
#include "cli/close_command.h"
#include "cli/connect_command.h"
#include "cli/console_command.h"
#include "cli/edition.h"
#include "cli/full_administration.h"
#include "cli/keygen_command.h"
#include "cli/link_table.h"
#include "cli/log_command.h"
#include "cli/net_table.h"
#include "cli/option_rows.h"
#include "cli/ports_command.h"
#include "cli/reload_command.h"
#include "cli/service_command_windows.h"
#include "cli/share_command.h"
#include "cli/share_table.h"
#include "cli/status_command.h"
#include "cli/test_command.h"
#include "cli/version_command.h"
#include "service/proxy_server.h"

namespace serialtcp::cli {

namespace {

constexpr Command kCommands[] = {
    {"share", &share_command},     {"console", &console_command}, {"keygen", &keygen_command},
    {"ports", &ports_command},     {"status", &status_command},   {"close", &close_command},
    {"connect", &connect_command}, {"reload", &reload_command},   {"log", &log_command},
    {"test", &test_command},       {"version", &version_command}, {"service", &service_command},
};

constexpr OptionRows kRows[] = {&rows::services,    &rows::proxy, &rows::permissions, &rows::line,
                                &rows::config_file, &rows::log,   &rows::control,     &rows::answers};

constexpr TableKindOf kTables[] = {&link_tables, &share_tables, &net_tables};

constexpr ConfigFiles kConfigFiles{.tables = kTables, .read = &read_config, .check = &check_config_command};

/// Windows has neither unix sockets, passed sockets and ptys, nor drivers that switch RS-485, nor systemd.
constexpr OptionText kTexts[] = {
    {Section::cable, "port", "COM3, pipe:NAME, exec:COMMAND, - or a URL"},
    {Section::services, "server", "listen on [udp:][ADDRESS:]PORT"},
    {Section::services, "client", "connect to [udp:]HOST:PORT, exec:COMMAND"},
    {Section::forwarding, "allow-listen", "what -R there may listen on here"},
    {Section::forwarding, "allow-shell"},
    {Section::port, "rs485"},
    {Section::program, "ready"},
    {Section::program, "control", "the pipe for serialtcp status: NAME, or none"},
    {Section::program, "no-control", "the pipe for serialtcp status: NAME, or none"},
    {.section = Section::table, .name = "unix", .table = "share"},
    {.section = Section::table, .name = "pty", .table = "share"},
    {.section = Section::table, .name = "rs485", .table = "share"},
};

constexpr Edition kEdition{
    .name = " for Windows",
    .ways = "-s | -c | -L | -R | -D | --allow",
    .more_in_help = "serialtcp console COM3, share, keygen FILE, ports, status, service ...",
    .commands = kCommands,
    .places_of_others = {},
    .option_rows = kRows,
    .option_texts = kTexts,
    .wording = {.port = "COM3", .end = "Ctrl-C", .shared_over = "TCP", .manual = false},
    .config_files = &kConfigFiles,
    .administer = &make_full_administration,
    .install = nullptr,
    .getty = nullptr,
    .offer_sessions = nullptr,
    .serve_proxy = &io::serve_proxy};

}  // namespace

const Edition& edition() {
  return kEdition;
}

}  // namespace serialtcp::cli
