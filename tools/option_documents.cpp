// option_documents ROOT: renews what the source tree has from the option table: the lists of options and keys in the
// manual pages, and the completions of bash, zsh and fish. They are committed, since a build for another machine cannot
// run this program; tests/checks/option_documents.py notices when they are not what this program makes.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tools/completions.h"
#include "tools/manual_pages.h"

namespace {

using namespace serialtcp;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// False when it could not be written.
bool write(const std::filesystem::path& path, const std::string& text) {
  if (text == read(path)) return true;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path);
  file << text;
  file.close();
  std::printf("%s\n", path.c_str());
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: option_documents ROOT\n", stderr);
    return 2;
  }
  const std::filesystem::path root = argv[1];
  const std::filesystem::path program = root / "man" / "serialtcp.1";
  const std::filesystem::path file = root / "man" / "serialtcp.toml.5";
  const auto program_page = tools::with_options(read(program));
  const auto file_page = tools::with_keys(read(file));
  for (const auto* page : {&program_page, &file_page}) {
    if (*page) continue;
    std::fprintf(stderr, "%s\n", page->error().c_str());
    return 1;
  }
  const std::filesystem::path templates = root / "tools" / "completions";
  const std::filesystem::path completions = root / "completions";
  const bool written =
      write(program, *program_page) && write(file, *file_page) &&
      write(completions / "serialtcp.bash", tools::bash_completion(read(templates / "serialtcp.bash.in"))) &&
      write(completions / "_serialtcp", tools::zsh_completion(read(templates / "_serialtcp.in"))) &&
      write(completions / "serialtcp.fish", tools::fish_completion(read(templates / "serialtcp.fish.in")));
  return written ? 0 : 1;
}
