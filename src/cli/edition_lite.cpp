// serialtcp-lite, for boards: services, forwards, the lines of port/line_kinds_lite.cpp, keys. It is configured by its
// command line alone, and reached by signals alone.
#include "cli/cp_far_command.h"
#include "cli/edition.h"
#include "cli/getty_at_this_end.h"
#include "cli/getty_command.h"
#include "cli/keygen_command.h"
#include "cli/option_rows.h"
#include "cli/shell_offer.h"

namespace serialtcp::cli {

namespace {

constexpr Command kCommands[] = {
    {"keygen", &keygen_command}, {"cp", &cp_far_command}, {"getty", &getty_command}};

constexpr OptionRows kRows[] = {&rows::services, &rows::permissions, &rows::line,
                                &rows::getty,    &rows::log,         &rows::answers};

constexpr OptionText kTexts[] = {{Section::cable, "port", "device, or - for standard input and output"}};

constexpr Edition kEdition{.name = " lite",
                           .ways = "-s | -c | -L | -R | --allow",
                           .more_in_help = "serialtcp keygen FILE makes a key",
                           .commands = kCommands,
                           .places_of_others = {},
                           .option_rows = kRows,
                           .option_texts = kTexts,
                           .wording = {},
                           .config_files = nullptr,
                           .administer = nullptr,
                           .install = nullptr,
                           .getty = &make_getty,
                           .offer_sessions = &offer_sessions,
                           .serve_proxy = nullptr};

}  // namespace

const Edition& edition() {
  return kEdition;
}

}  // namespace serialtcp::cli
