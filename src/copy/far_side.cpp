#include "copy/far_side.h"

#include <sys/stat.h>

#include <cstdio>

#include "base/cursor.h"
#include "copy/names.h"
#include "copy/receiver.h"
#include "copy/record.h"
#include "copy/sender.h"
#include "os/clock.h"
#include "os/files.h"
#include "os/text.h"

namespace serialtcp::io::copy {

namespace {

/// Between two messages about how much of a file is there.
constexpr Duration kBetweenProgress = std::chrono::milliseconds(300);

void serve_put(Peer& peer, const std::string& path, bool is_folder) {
  Time told = Time::min();
  Receiver receiver(peer, {.dealt_with =
                               [&peer](const std::string& entry, const std::string& problem) {
                                 if (!entry.empty())
                                   peer.send(Type::result,
                                             Payload().number(problem.empty() ? 1 : 0, 1).text(problem));
                               },
                           .progress =
                               [&](const std::string&, std::uint64_t there, std::uint64_t) {
                                 if (told != Time::min() && now() - told < kBetweenProgress) return;
                                 told = now();
                                 peer.send(Type::arrived, Payload().number(there, 8));
                               }});
  const Destination to = destination_of(path, is_folder);
  receiver.run({.folder = to.folder, .name = to.name});
  peer.send(Type::done);
  peer.flush();
}

void serve_get(Peer& peer, const std::string& path, bool folders) {
  Sender sender(
      peer,
      {.failed = [&peer](const std::string& problem) { peer.send(Type::failed, std::string_view(problem)); },
       .progress = {}},
      folders ? Sender::Folders::sent : Sender::Folders::refused);
  const std::string name = entry_name(path);
  sender.send(path, name.empty() ? "x" : name);
  sender.finish();
}

}  // namespace

Destination destination_of(const std::string& path, bool is_folder) {
  struct stat found {};
  const std::string whole = path.empty() ? "." : path;
  const bool there = ::stat(whole.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
  if (is_folder || there || entry_name(whole).empty() || whole.ends_with('/')) return {whole, ""};
  return {folder_of(whole), std::string(file_name(whole))};
}

int serve_copies(int input, int output) {
  try {
    Peer peer(input, output);
    peer.send(Type::hello, Payload().number(kVersion, 1));
    for (;;) {
      const Record record = peer.receive();
      base::Reader reader{ByteView(record.payload)};
      const std::uint8_t flags = reader.u8();
      const ByteView path = reader.take_all();
      const std::string text(path.begin(), path.end());
      const bool good = reader.good() && text.find('\0') == std::string::npos;
      if (good && record.type == Type::put) {
        serve_put(peer, text, (flags & kIsFolder) != 0);
      } else if (good && record.type == Type::get) {
        serve_get(peer, text, (flags & kFoldersToo) != 0);
      } else {
        return 0;  // all_sent: the near end has nothing more
      }
    }
  } catch (const Peer::Broken&) {
    return 1;  // the near end has gone, or says why
  }
}

}  // namespace serialtcp::io::copy
