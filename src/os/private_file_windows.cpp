// Access control lists. Whoever else has the right to read or write the file stands in the list, by a security identifier.
#include "os/private_file.h"

#include "os/windows.h"

#include <aclapi.h>
#include <fmt/format.h>
#include <sddl.h>

#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "os/error_text.h"
#include "os/last_error_windows.h"
#include "os/private_access_windows.h"
#include "os/text.h"
#include "os/wide_text_windows.h"
#include "serialtcp/key.h"

namespace serialtcp::io {

namespace {

constexpr DWORD kShared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
constexpr ACCESS_MASK kReads = FILE_READ_DATA | GENERIC_READ | GENERIC_ALL;
/// Whoever may change the list or the owner may give himself the rest.
constexpr ACCESS_MASK kChanges =
    FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE | GENERIC_ALL | WRITE_DAC | WRITE_OWNER | DELETE;

struct CloseFile {
  void operator()(void* file) const { ::CloseHandle(file); }
};
using File = std::unique_ptr<void, CloseFile>;

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

bool is_well_known(PSID sid, WELL_KNOWN_SID_TYPE which) {
  return ::IsWellKnownSid(sid, which) != 0;
}

/// This user, SYSTEM, the administrators; and the owner's own rights, since the owner is looked at by itself.
bool is_trusted(PSID sid, PSID user) {
  return ::EqualSid(sid, user) != 0 || is_well_known(sid, WinLocalSystemSid) ||
         is_well_known(sid, WinBuiltinAdministratorsSid) || is_well_known(sid, WinCreatorOwnerRightsSid);
}

/// "Users" or "PC\other", as icacls takes it.
std::string name_of(PSID sid) {
  std::array<wchar_t, 256> name{};
  std::array<wchar_t, 256> domain{};
  auto name_size = static_cast<DWORD>(name.size());
  auto domain_size = static_cast<DWORD>(domain.size());
  SID_NAME_USE use{};
  if (::LookupAccountSidW(nullptr, sid, name.data(), &name_size, domain.data(), &domain_size, &use) != 0) {
    const std::string own = printable(narrow_text(name.data()));
    return domain[0] == 0 ? own : fmt::format("{}\\{}", printable(narrow_text(domain.data())), own);
  }
  LPWSTR text = nullptr;
  if (::ConvertSidToStringSidW(sid, &text) == 0) return "somebody";
  const std::unique_ptr<void, FreeLocal> freed(text);
  return "*" + narrow_text(text);
}

/// The command that gives the file to this user alone.
FileDanger danger(std::string who_can, const std::string& path, PSID user) {
  return {std::move(who_can),
          fmt::format("icacls \"{}\" /inheritance:r /grant:r \"{}:F\"", path, name_of(user))};
}

std::optional<FileDanger> danger_of(HANDLE file, const std::string& path) {
  PSID owner = nullptr;
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const auto user = own_user();
  if (user.empty()) return std::nullopt;
  const PSID self = user_sid(user);
  if (::GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
                        nullptr, &list, nullptr, &descriptor) != ERROR_SUCCESS)
    return FileDanger{"nobody knows who can read",
                      "its file system has no access control lists: choose another place"};
  const std::unique_ptr<void, FreeLocal> freed(descriptor);
  if (list == nullptr) return danger("everybody can read and change", path, self);
  if (owner != nullptr && !is_trusted(owner, self))
    return danger(fmt::format("{}, who owns it, can change", name_of(owner)), path, self);
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* entry = nullptr;
    if (::GetAce(list, i, &entry) == 0) continue;
    const auto* const header = static_cast<const ACE_HEADER*>(entry);
    const bool counts =
        header->AceType == ACCESS_ALLOWED_ACE_TYPE && (header->AceFlags & INHERIT_ONLY_ACE) == 0;
    if (!counts) continue;
    auto* const allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    const PSID sid = &allowed->SidStart;
    const bool reads = (allowed->Mask & kReads) != 0;
    const bool changes = (allowed->Mask & kChanges) != 0;
    if (is_trusted(sid, self) || (!reads && !changes)) continue;
    const std::string_view verbs = reads && changes ? "read and change" : reads ? "read" : "change";
    return danger(fmt::format("{} can {}", name_of(sid), verbs), path, self);
  }
  return std::nullopt;
}

}  // namespace

std::expected<PrivateFile, PrivateFileError> read_private_file(const std::string& path, std::size_t most) {
  const auto failed = [](int number) {
    return std::unexpected(PrivateFileError{number, plain_text(number)});
  };
  const std::wstring wide = wide_text(path);
  const DWORD attributes = ::GetFileAttributesW(wide.c_str());
  if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0)
    return std::unexpected(PrivateFileError{.text = "it is a directory: name the file in it"});
  const HANDLE handle =
      ::CreateFileW(wide.c_str(), GENERIC_READ | READ_CONTROL, kShared, nullptr, OPEN_EXISTING, 0, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return failed(last_errno());
  const File opened(handle);
  if (::GetFileType(handle) != FILE_TYPE_DISK)
    return std::unexpected(PrivateFileError{.text = "it is not a regular file"});
  PrivateFile file{std::string(most, '\0'), danger_of(handle, path)};
  DWORD got = 0;
  if (::ReadFile(handle, file.text.data(), static_cast<DWORD>(most), &got, nullptr) == 0) {
    wipe(file.text);
    return failed(last_errno());
  }
  file.text.resize(got);
  return file;
}

int write_new_private_file(const std::string& path, std::string_view text) {
  const PrivateAccess access;
  const std::wstring wide = wide_text(path);
  const HANDLE handle = ::CreateFileW(wide.c_str(), GENERIC_WRITE, 0, access.attributes(), CREATE_NEW,
                                      FILE_ATTRIBUTE_NORMAL, nullptr);
  if (handle == INVALID_HANDLE_VALUE) return last_errno();
  int error = 0;
  {
    const File opened(handle);
    DWORD put = 0;
    const bool good = ::WriteFile(handle, text.data(), static_cast<DWORD>(text.size()), &put, nullptr) != 0 &&
                      put == text.size() && ::FlushFileBuffers(handle) != 0;
    if (!good) error = put == text.size() ? last_errno() : ENOSPC;
  }
  if (error != 0) ::DeleteFileW(wide.c_str());
  return error;
}

}  // namespace serialtcp::io
