#include "cli/version_command.h"

#include <fmt/format.h>
#include <sodium.h>
#include <zstd.h>

#if __has_include(<toml++/impl/version.hpp>)  // from 3.4 on
#include <toml++/impl/version.hpp>
#else
#include <toml++/impl/version.h>
#endif
#include <boost/version.hpp>
#include <cstdio>
#include <string_view>

#include "cli/net_options.h"
#include "cli/run.h"

#ifdef SERIALTCP_ISAL
#include <isa-l.h>
#endif

namespace serialtcp::cli {

namespace {

std::string three(int major, int minor, int patch) {
  return fmt::format("{}.{}.{}", major, minor, patch);
}

std::string line(std::string_view library, std::string_view version) {
  return fmt::format("  {:<11}{}\n", library, version);
}

/// Nothing if the build does without it.
std::string isal_line() {
#ifdef SERIALTCP_ISAL
  return line("ISA-L", three(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION));
#else
  return "";
#endif
}

std::string slirp_line() {
  const std::string version = network_library_version();
  return version.empty() ? "" : line("libslirp", version);
}

}  // namespace

std::string version_text() {
  return "serialtcp " SERIALTCP_VERSION "\n" +
         line("Boost", three(BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)) +
         line("fmt", three(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)) + isal_line() +
         slirp_line() + line("libsodium", sodium_version_string()) +
         line("toml++", three(TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH)) +
         line("zstd", ZSTD_versionString());
}

int version_command(std::span<const char* const> args) {
  const std::string_view only = args.size() == 2 ? args[1] : "";
  if (only == "--help" || only == "-h") {
    std::fputs("usage: serialtcp version\n\nPrints the versions of the program and of its libraries.\n",
               stdout);
    return kExitOk;
  }
  if (args.size() > 1) {
    std::fputs("serialtcp version: no argument is expected\n", stderr);
    return kExitUsage;
  }
  std::fputs(version_text().c_str(), stdout);
  return kExitOk;
}

}  // namespace serialtcp::cli
