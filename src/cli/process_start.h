// What this process has to be before anything else is done in it.
#pragma once

#include <string>
#include <vector>

namespace serialtcp::cli {

/// Standard input, output and error are open, so that no file takes their place, and take UTF-8; no write to what nobody reads, or to
/// a file that has grown too large, ends the process.
void prepare_process();

/// The words that it was started with, its own name first, in UTF-8.
std::vector<std::string> own_arguments(int argc, char** argv);

/// For a program that runs for long: sockets that a service manager has passed are taken before files are opened, and as many
/// files may be open as the user is allowed to have.
void prepare_to_run();

}  // namespace serialtcp::cli
