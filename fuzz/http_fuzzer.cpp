// A client of the HTTP server, arbitrary bytes in arbitrary pieces: however they are cut, the same requests are read, within
// the limit; a request is one that may be answered; what is refused has a status and a text. And the field Accept.
#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/accept.h"
#include "http/allowed_hosts.h"
#include "http/request.h"
#include "input.h"

namespace serialtcp::fuzz {
namespace {

using http::Refusal;
using http::Request;
using http::RequestReader;

void check(const Request& request) {
  static const http::AllowedHosts hosts;
  const std::string host = request.host.value_or("");
  demand(request.path.starts_with('/'), "a path begins with a slash");
  demand(request.path.find_first_of("? \r\n") == std::string::npos, "a path ends before the query");
  demand(request.path.size() + host.size() + request.accept.size() <= http::kMaxHead, "it is bounded");
  for (const std::string& text : {host, request.accept})
    demand(text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos, "a field is a line");
  if (hosts.permits(host)) demand(host.find('@') == std::string::npos, "a host has no user");
  const double quality = http::quality_of(request.accept, "text/plain");
  demand(quality >= 0 && quality <= 1, "a quality is from 0 to 1");
}

struct Heard {
  std::vector<std::string> requests;
  unsigned refused = 0;
  bool unfinished = false;  ///< a request has begun, and has no end
};

/// Everything that is complete; false after a refusal.
bool hear(RequestReader& reader, Heard& heard) {
  for (;;) {
    const RequestReader::Result result = reader.next();
    if (const auto* const request = std::get_if<Request>(&result)) {
      check(*request);
      heard.requests.push_back(request->path + "\n" + request->host.value_or("none") + "\n" +
                               request->accept + (request->head ? "h" : "") + (request->chunks ? "c" : "") +
                               (request->keep_alive ? "k" : ""));
      continue;
    }
    const auto* const refusal = std::get_if<Refusal>(&result);
    if (refusal == nullptr) return true;
    demand(!refusal->text.empty() && !http::reason_phrase(refusal->status).empty(), "a refusal says why");
    demand(refusal->status >= 400, "a refusal has the status of an error");
    heard.refused = refusal->status;
    return false;
  }
}

Heard read(std::string_view bytes, Input* cuts) {
  RequestReader reader;
  Heard heard;
  while (!bytes.empty()) {
    const std::size_t size =
        cuts == nullptr ? bytes.size() : std::min<std::size_t>(bytes.size(), 1 + cuts->u8());
    reader.add(bytes.substr(0, size));
    bytes.remove_prefix(size);
    if (!hear(reader, heard)) break;
    demand(reader.kept() <= http::kMaxHead, "no more is kept than a request");
  }
  heard.unfinished = heard.refused == 0 && reader.begun();
  return heard;
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace serialtcp::fuzz;
  constexpr std::size_t kCuts = 4;
  if (size <= kCuts) return 0;
  Input cuts(data, kCuts);
  const std::string text(data + kCuts, data + size);
  const Heard one = read(text, &cuts);
  const Heard other = read(text, nullptr);
  demand(one.requests == other.requests, "it does not matter how the bytes are cut");
  // A mistake may be found before the end of the request, or at its end.
  const bool same = (one.refused != 0) == (other.refused != 0);
  demand(same || one.unfinished || other.unfinished, "nor for what is refused");
  return 0;
}
