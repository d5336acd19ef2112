#include "control/shared_places.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

namespace serialtcp::control {

namespace json = boost::json;

namespace {

constexpr std::size_t kMostPlaces = 64;

const json::array* array_member(const json::object& object, std::string_view name) {
  const json::value* const member = object.if_contains(name);
  return member != nullptr ? member->if_array() : nullptr;
}

SharedPlaces places_of(const json::object& share) {
  SharedPlaces places;
  if (const json::value* const device = share.if_contains("device"); device != nullptr && device->is_string())
    places.device = device->get_string();
  const json::array* const list = array_member(share, "places");
  for (const json::value& place : list != nullptr ? *list : json::array()) {
    if (place.is_string() && places.places.size() < kMostPlaces)
      places.places.emplace_back(place.get_string());
  }
  return places;
}

}  // namespace

std::expected<std::vector<SharedPlaces>, Failure> ask_for_shared_places(Client& client) {
  const auto answer = client.ask({{"request", "status"}, {"connections_most", 0}});
  if (!answer) return std::unexpected(answer.error());
  std::vector<SharedPlaces> shared;
  const json::value* const status = answer->if_contains("status");
  const json::object* const members = status != nullptr ? status->if_object() : nullptr;
  const json::array* const shares = members != nullptr ? array_member(*members, "shares") : nullptr;
  for (const json::value& share : shares != nullptr ? *shares : json::array()) {
    if (share.is_object() && shared.size() < kMostSharedPorts)
      shared.push_back(places_of(share.get_object()));
  }
  return shared;
}

}  // namespace serialtcp::control
