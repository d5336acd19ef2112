// Requests of a client of the control socket, arbitrary bytes: each line gets one line of JSON with the protocol's
// version, whatever the program answers; names that are understood are those that were written. And answers of a
// program, arbitrary JSON: they become a status or a mistake, and a status comes back from its own JSON as it was.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <string_view>

#include "control/operations.h"
#include "control/status_json.h"
#include "input.h"

namespace serialtcp::fuzz {
namespace {

namespace json = boost::json;

/// A program whose answers depend on what was asked.
class Program final : public control::Operations {
 public:
  std::expected<control::ProcessStatus, control::Error> status(
      const control::StatusRequest& request) override {
    demand(request.connections_most <= control::kMaxConnections, "an answer is bounded");
    if (request.link == "none")
      return std::unexpected(control::Error{control::kNotFound, "there is none: " + request.link});
    control::ProcessStatus status;
    status.links.emplace_back().name = request.link;
    return status;
  }
  std::expected<void, control::Error> close(const control::CloseRequest& request,
                                            const std::string&) override {
    demand(request.number > 0, "connections are numbered from 1");
    if (request.number % 2 == 0)
      return std::unexpected(control::Error{control::kNotFound, "there is none: " + request.link});
    return {};
  }
  std::expected<std::shared_ptr<void>, control::Error> connect(const control::ConnectRequest&,
                                                               const std::string&, Connected) override {
    demand(false, "a request for a stream is answered elsewhere");
    return nullptr;
  }
  std::expected<std::optional<End>, control::Error> end(const control::EndRequest& request) override {
    demand(request.number > 0, "connections are numbered from 1");
    if (request.number % 3 == 0) return std::nullopt;
    return End{request.number % 2 == 0, "reset: " + request.link};
  }
  std::expected<Reloaded, control::Error> reload(const std::string&) override { return Reloaded{3, 2}; }
  void set_level(control::Level level, const std::string&) override {
    demand(control::parse_level(control::level_name(level)) == level, "a level has a name");
  }
  std::string version() const override { return "1"; }
};

void check_answer(std::string_view line) {
  Program program;
  const auto result = control::respond(line, program, "somebody");
  if (const auto* const stream = std::get_if<control::ConnectRequest>(&result)) {
    demand(!stream->target || stream->target->port != 0, "an address has a port");
    demand(!stream->target || stream->service.empty(), "a stream goes to one of the two");
    return;
  }
  const std::string answer = std::get<std::string>(result);
  demand(answer.ends_with('\n') && answer.find('\n') == answer.size() - 1, "an answer is one line");
  json::error_code error;
  const json::value value = json::parse(answer, error);
  demand(!error && value.is_object(), "an answer is an object of JSON, and so UTF-8");
  const json::object& object = value.get_object();
  demand(object.at("protocol") == control::kProtocol, "an answer has the version of the protocol");
  const bool refused = object.contains("error");
  demand(object.at("ok").as_bool() != refused, "what is refused has an error");
  demand(!refused || !object.at("error").at("text").as_string().empty(), "an error has a text");
  demand(refused || control::parse_request(line).has_value(), "only requests are granted");
}

void check_status(std::string_view text) {
  json::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return;
  const auto status = control::status_from_json(value);
  if (!status) return demand(!status.error().empty(), "a mistake is told");
  const std::string again = json::serialize(control::to_json(*status));
  const auto back = control::status_from_json(json::parse(again));
  demand(back.has_value(), "a status is one again");
  demand(json::serialize(control::to_json(*back)) == again, "and has the same values");
}

}  // namespace
}  // namespace serialtcp::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    serialtcp::fuzz::check_answer(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  serialtcp::fuzz::check_status(text);
  return 0;
}
