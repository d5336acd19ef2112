#include "cli/keygen_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "cli/key_file.h"
#include "cli/run.h"
#include "os/entropy.h"

namespace serialtcp::cli {

namespace {

constexpr std::string_view kKeygenUsage = "usage: serialtcp keygen FILE\n";

void print(std::FILE* where, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), where);
}

}  // namespace

int keygen_command(std::span<const char* const> args) {
  const std::string_view only = args.size() == 2 ? args[1] : "";
  if (only == "--help" || only == "-h") {
    print(stdout, kKeygenUsage);
    print(stdout,
          "\nWrites a new random key to FILE, which must not exist. With the same key at both ends,\n"
          "serialtcp --key FILE encrypts the link, and nobody else can use the cable.\n");
    return kExitOk;
  }
  if (only.empty() || only.starts_with("-")) {
    print(stderr,
          fmt::format("serialtcp keygen: one FILE to write the key to is expected\n{}", kKeygenUsage));
    return kExitUsage;
  }
  Entropy entropy = io::fresh_entropy();
  const Key key(entropy);
  wipe(entropy);
  const std::string path(only);
  if (const auto written = io::write_key_file(path, key); !written) {
    print(stderr, fmt::format("{}\n", written.error()));
    return kExitCannotOpen;
  }
  print(stdout,
        fmt::format("{} has a new key, and only you can read it. Copy it to the other end in a way that you "
                    "trust (scp, a USB stick),\nand start both ends with --key {}\n",
                    path, path));
  return kExitOk;
}

}  // namespace serialtcp::cli
