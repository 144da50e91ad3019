/**
 * @file
 * The commands of ggcn_data. Each gets the command line from its own name on, prints its errors and returns an exit
 * code, the same on every rank. Collective.
 */
#ifndef GGCN_APPS_DATA_COMMANDS_H
#define GGCN_APPS_DATA_COMMANDS_H

int data_import(int argc, char *const *argv);
int data_info(int argc, char *const *argv);
int data_grid(int argc, char *const *argv);
int data_merge(int argc, char *const *argv);
int data_export(int argc, char *const *argv);
int data_check(int argc, char *const *argv);
int data_formats(int argc, char *const *argv);

#endif
