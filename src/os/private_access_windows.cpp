// A list in the security descriptor definition language: protected (P), all rights for this user, SYSTEM (SY) and the
// administrators (BA).
#include "os/private_access_windows.h"

#include <fmt/format.h>
#include <sddl.h>

#include "os/wide_text_windows.h"

namespace serialtcp::io {

std::vector<std::byte> own_user() {
  HANDLE token = nullptr;
  if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return {};
  DWORD size = 0;
  ::GetTokenInformation(token, TokenUser, nullptr, 0, &size);
  std::vector<std::byte> user(size);
  const bool got = size > 0 && ::GetTokenInformation(token, TokenUser, user.data(), size, &size) != 0;
  ::CloseHandle(token);
  if (!got) user.clear();
  return user;
}

PSID user_sid(const std::vector<std::byte>& user) {
  return reinterpret_cast<const TOKEN_USER*>(user.data())->User.Sid;
}

std::string own_user_text() {
  const auto user = own_user();
  LPWSTR text = nullptr;
  if (user.empty() || ::ConvertSidToStringSidW(user_sid(user), &text) == 0) return "";
  std::string narrow = narrow_text(text);
  ::LocalFree(text);
  return narrow;
}

PrivateAccess::PrivateAccess() {
  const std::string user = own_user_text();
  if (user.empty()) return;
  const std::wstring list = wide_text(fmt::format("D:P(A;;GA;;;{})(A;;GA;;;SY)(A;;GA;;;BA)", user));
  if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(list.c_str(), SDDL_REVISION_1, &descriptor_,
                                                             nullptr) == 0)
    descriptor_ = nullptr;
  attributes_ = {.nLength = sizeof attributes_, .lpSecurityDescriptor = descriptor_, .bInheritHandle = FALSE};
}

PrivateAccess::~PrivateAccess() {
  if (descriptor_ != nullptr) ::LocalFree(descriptor_);
}

}  // namespace serialtcp::io
