# `cpack` in the build folder makes a Debian package: the command, and the desktop program where it is built.
# Needs dpkg-dev and file.
include(GNUInstallDirs)
install(TARGETS ringside RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(RINGSIDE_GUI)
  set(desktop_id org.ringside.Ringside)
  set(desktop_files ${PROJECT_SOURCE_DIR}/gui/packaging)
  install(TARGETS ringside-gui RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES ${desktop_files}/${desktop_id}.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
  install(FILES ${desktop_files}/${desktop_id}.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
  install(FILES ${desktop_files}/${desktop_id}.mime.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages
          RENAME ${desktop_id}.xml)
  install(FILES ${PROJECT_SOURCE_DIR}/gui/resources/ringside.svg
          DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps RENAME ${desktop_id}.svg)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ringside)
set(CPACK_PACKAGE_CONTACT "The Ringside authors <ringside@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "which partition plan should I run, and why?")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_STRIP_FILES ON)
include(CPack)
