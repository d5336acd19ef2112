#include "cli/cp_far_command.h"

#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "copy/far_side.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kServe = "--serve";
constexpr int kWrongUse = 2;

}  // namespace

std::vector<std::string> copy_words() {
  return {kCopySubsystem, std::string(kServe)};
}

bool serves_copies(std::span<const char* const> args) {
  return args.size() == 2 && args[1] == kServe;
}

int cp_far_command(std::span<const char* const> args) {
  if (serves_copies(args)) return io::copy::serve_copies(STDIN_FILENO, STDOUT_FILENO);
  std::fputs("serialtcp cp: this edition has only the other end of it: run it on the other machine\n",
             stderr);
  return kWrongUse;
}

}  // namespace serialtcp::cli
